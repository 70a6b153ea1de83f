// HTTP Message Signatures (RFC 9421) in openapi.yaml's one fixed profile, HMAC-SHA256, with Content-Digest (RFC 9530).
// Pure functions over the raw request; looking up keys and clocks is the caller's.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/crypto/secret.hpp"
#include "common/error/result.hpp"
#include "common/http/message.hpp"

namespace acq::http {

/// What Signature-Input and Signature said. Views into the request.
struct SignatureHeaders {
  std::string_view label;
  std::string_view parameters;  ///< the text behind "label=", verbatim: it is signed as received
  std::string_view key_id;
  std::string_view algorithm;  ///< "hmac-sha256" or "ed25519"; empty when not sent
  std::int64_t created_s = 0;
  std::int64_t expires_s = 0;  ///< 0: not sent
  std::string nonce;           ///< empty: not sent
  std::string signature;       ///< decoded bytes
};

/// Exactly one label, exactly the profile's component list for a request with or without a body; any order of
/// parameters. Errc::unauthorized with a detail for the log.
Result<SignatureHeaders> read_signature(const Request& request);

/// RFC 9421 section 2.5. "@query" is "?" when there is none.
std::string signature_base(const Request& request, std::string_view parameters);

/// created within `age_s_max` of now, not expired. Errc::unauthorized.
Result<void> check_times(const SignatureHeaders& headers, std::int64_t now_s, std::int64_t age_s_max);

/// Constant time. True when `key` made the signature over the base.
bool verify_hmac(const Request& request, const SignatureHeaders& headers, std::string_view key);

/// Recomputed over the raw bytes: missing_digest or digest_mismatch. Nothing to check without a body.
Result<void> check_digest(const Request& request);

/// The three headers that a client adds (Content-Digest only with a body).
std::vector<std::pair<std::string, std::string>> sign_request(std::string_view method, std::string_view path,
                                                              std::string_view query, std::string_view body,
                                                              std::string_view key_id, const crypto::Secret& key,
                                                              std::int64_t created_s);

/// Merchant secrets as shown: "mksec_" + base64 of the key's bytes. Errc::unauthorized when it is not one.
Result<crypto::Secret> parse_key_secret(std::string_view text);

}  // namespace acq::http
