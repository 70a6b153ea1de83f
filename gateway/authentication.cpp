#include "gateway/authentication.hpp"

#include "common/http/message_signature.hpp"
#include "common/limits.hpp"

namespace acq::gateway {

Result<Merchant> authenticate(const http::Request& request, const DirectorySnapshot& directory, std::int64_t now_ms) {
  const auto signature = http::read_signature(request);
  if (!signature) return signature.error();
  if (auto times = http::check_times(*signature, now_ms / 1000, limits::signature_age_s_max); !times) {
    return times.error();
  }
  if (auto digest = http::check_digest(request); !digest) return digest.error();
  const MerchantKey* key = directory.find_key(signature->key_id, now_ms);
  const bool right_algorithm = signature->algorithm.empty() || signature->algorithm == "hmac-sha256";
  constexpr std::string_view nobody = "a key that no merchant has......";
  const bool verified = http::verify_hmac(request, *signature, key != nullptr ? key->secret.reveal() : nobody);
  if (key == nullptr || !right_algorithm || !verified) return Failure(Errc::unauthorized, "signature");
  return key->merchant;
}

}  // namespace acq::gateway
