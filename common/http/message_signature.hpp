// HTTP Message Signatures (RFC 9421) in openapi.yaml's one fixed profile, HMAC-SHA256 (section 3.3.3) or Ed25519
// (section 3.3.6), with Content-Digest (RFC 9530). Pure functions over the raw request; looking up keys and clocks is
// the caller's.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/crypto/secret.hpp"
#include "common/error/result.hpp"
#include "common/http/message.hpp"

namespace acq::http {

enum class SignatureAlgorithm : std::uint8_t { hmac_sha256, ed25519 };
/// As RFC 9421's registry names them.
std::string_view name_of(SignatureAlgorithm algorithm) noexcept;
std::optional<SignatureAlgorithm> signature_algorithm_from_name(std::string_view name) noexcept;

/// What Signature-Input and Signature said. Views into the request.
struct SignatureHeaders {
  std::string_view label;
  std::string_view parameters;  ///< the text behind "label=", verbatim: it is signed as received
  std::string_view key_id;
  std::optional<SignatureAlgorithm> algorithm;  ///< as sent
  std::int64_t created_s = 0;
  std::int64_t expires_s = 0;  ///< 0: not sent
  std::string nonce;           ///< empty: not sent
  std::string signature;       ///< decoded bytes
};

/// Exactly one label, exactly the profile's component list for a request with or without a body; any order of
/// parameters. Errc::unauthorized with a detail for the log.
Result<SignatureHeaders> read_signature(const Request& request);
/// The same of Signature-Input alone; `signature` stays empty.
Result<SignatureHeaders> read_signature_input(const Request& request);

/// The profile's component list as Signature-Input has it, for a request with or without a body.
std::string component_list(std::string_view body);

/// RFC 9421 section 2.5. "@query" is "?" when there is none.
std::string signature_base(const Request& request, std::string_view parameters);

/// created within `age_s_max` of now, not expired. Errc::unauthorized.
Result<void> check_times(const SignatureHeaders& headers, std::int64_t now_s, std::int64_t age_s_max);

/// True when the signature over the base is that key's: the secret of HMAC (compared in constant time), or Ed25519's
/// raw public key.
bool verify(std::string_view base, std::string_view signature, SignatureAlgorithm algorithm, std::string_view key);
/// The same over the request's own base. False when another algorithm was sent.
bool verify(const Request& request, const SignatureHeaders& headers, SignatureAlgorithm algorithm,
            std::string_view key);

/// Recomputed over the raw bytes: missing_digest or digest_mismatch. Nothing to check without a body.
Result<void> check_digest(const Request& request);

/// The three headers that a client adds (Content-Digest only with a body). `key`: the bytes of HMAC's secret, or
/// Ed25519's 32-byte private key.
std::vector<std::pair<std::string, std::string>> sign_request(
    std::string_view method, std::string_view path, std::string_view query, std::string_view body,
    std::string_view key_id, const crypto::Secret& key, std::int64_t created_s,
    SignatureAlgorithm algorithm = SignatureAlgorithm::hmac_sha256);

/// Merchant secrets as shown: "mksec_" + base64 of the key's bytes. Errc::unauthorized when it is not one.
Result<crypto::Secret> parse_key_secret(std::string_view text);

}  // namespace acq::http
