#include "gateway/authentication.hpp"

#include "common/http/message_signature.hpp"
#include "common/limits.hpp"

namespace acq::gateway {
namespace {

constexpr auto hmac_sha256 = http::SignatureAlgorithm::hmac_sha256;
/// Stands for the key of an unknown id, whatever the algorithm: bytes that are also a point of Ed25519's curve, so that
/// the whole work is done. What it says does not count.
constexpr std::string_view nobody =
    "\x58\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66"
    "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66";

}  // namespace

Result<Merchant> authenticate(const http::Request& request, const DirectorySnapshot& directory, std::int64_t now_ms) {
  const auto signature = http::read_signature(request);
  if (!signature) return signature.error();
  if (auto times = http::check_times(*signature, now_ms / 1000, limits::signature_age_s_max); !times) {
    return times.error();
  }
  if (auto digest = http::check_digest(request); !digest) return digest.error();
  const MerchantKey* key = directory.find_key(signature->key_id, now_ms);
  // An unknown key costs what a known one of the algorithm that was named does.
  const auto algorithm = key != nullptr ? key->algorithm : signature->algorithm.value_or(hmac_sha256);
  const bool verified = http::verify(request, *signature, algorithm, key != nullptr ? key->key.reveal() : nobody);
  if (key == nullptr || !verified) return Failure(Errc::unauthorized, "signature");
  key->use->note(now_ms);
  return key->merchant;
}

}  // namespace acq::gateway
