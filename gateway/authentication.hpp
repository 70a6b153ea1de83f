// Who signed this request (RFC 9421, openapi.yaml's profile). Pure but for the clock it is given.
#pragma once
#include <cstdint>

#include "common/error/result.hpp"
#include "common/http/message_signature.hpp"
#include "gateway/merchant_directory.hpp"

namespace acq::gateway {

/// Whom a signature may be by. An unknown key, an ended one and one of another algorithm than was named have a stand-in
/// that nobody signs with and that costs the same.
struct Signer {
  const MerchantKey* known = nullptr;  ///< null: `key` is the stand-in, and a match counts for nothing
  http::SignatureAlgorithm algorithm = http::SignatureAlgorithm::hmac_sha256;
  std::string_view key;  ///< as http::verify takes it
};
Signer signer_of(const http::SignatureHeaders& signature, const DirectorySnapshot& directory, std::int64_t now_ms);

/// Errc::unauthorized for every fault of the signature: the answer says nothing of which part was wrong, and an unknown
/// key costs what a known one does. missing_digest and digest_mismatch are about the body and say so.
Result<Merchant> authenticate(const http::Request& request, const DirectorySnapshot& directory, std::int64_t now_ms);

}  // namespace acq::gateway
