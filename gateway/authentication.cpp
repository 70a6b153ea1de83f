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

Signer signer_of(const http::SignatureHeaders& signature, const DirectorySnapshot& directory, std::int64_t now_ms) {
  // Where none was named it is HMAC's, so that the cost never tells which algorithm a key is of.
  const auto named = signature.algorithm.value_or(hmac_sha256);
  const MerchantKey* key = directory.find_key(signature.key_id, now_ms);
  if (key == nullptr || key->algorithm != named) return {nullptr, named, nobody};
  return {key, named, key->key.reveal()};
}

Result<Merchant> authenticate(const http::Request& request, const DirectorySnapshot& directory, std::int64_t now_ms) {
  const auto signature = http::read_signature(request);
  if (!signature) return signature.error();
  if (auto times = http::check_times(*signature, now_ms / 1000, limits::signature_age_s_max); !times) {
    return times.error();
  }
  if (auto digest = http::check_digest(request); !digest) return digest.error();
  const Signer signer = signer_of(*signature, directory, now_ms);
  const bool verified = http::verify(request, *signature, signer.algorithm, signer.key);
  if (signer.known == nullptr || !verified) return Failure(Errc::unauthorized, "signature");
  signer.known->use->note(now_ms);
  return signer.known->merchant;
}

}  // namespace acq::gateway
