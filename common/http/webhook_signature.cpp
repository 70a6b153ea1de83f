#include "common/http/webhook_signature.hpp"

#include <algorithm>

#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"

namespace acq::http {
namespace {

constexpr std::string_view secret_prefix = "whsec_";
// Bounds of the specification.
constexpr std::size_t key_bytes_min = 24;
constexpr std::size_t key_bytes_max = 64;

}  // namespace

std::string sign_webhook(const crypto::Secret& key, std::string_view id, std::int64_t timestamp_s,
                         std::string_view body) {
  std::string content;
  content.reserve(id.size() + body.size() + 22);
  content += id;
  content += '.';
  content += std::to_string(timestamp_s);
  content += '.';
  content += body;
  return "v1," + crypto::base64_encode(crypto::raw(crypto::hmac_sha256(key.reveal(), content)));
}

bool verify_webhook(const crypto::Secret& key, std::string_view id, std::int64_t timestamp_s, std::string_view header,
                    std::string_view body, std::int64_t now_s, std::int64_t tolerance_s) {
  if (timestamp_s < now_s - tolerance_s || timestamp_s > now_s + tolerance_s) return false;
  const std::string ours = sign_webhook(key, id, timestamp_s, body);
  while (!header.empty()) {
    const auto entry = header.substr(0, header.find(' '));
    if (crypto::equal_in_constant_time(entry, ours)) return true;
    header.remove_prefix(std::min(header.size(), entry.size() + 1));
  }
  return false;
}

Result<crypto::Secret> parse_webhook_secret(std::string_view text) {
  if (!text.starts_with(secret_prefix)) return Failure(Errc::undecodable, "a webhook secret starts with whsec_");
  auto bytes = crypto::base64_decode(text.substr(secret_prefix.size()));
  if (!bytes || bytes->size() < key_bytes_min || bytes->size() > key_bytes_max) {
    return Failure(Errc::undecodable, "a webhook secret is whsec_ and the base64 of 24 to 64 bytes");
  }
  return crypto::Secret(std::move(*bytes));
}

}  // namespace acq::http
