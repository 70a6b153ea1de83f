// Standard Webhooks 1.0.0: webhook-id, webhook-timestamp, webhook-signature over "id.timestamp.body".
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "common/crypto/secret.hpp"
#include "common/error/result.hpp"

namespace acq::http {

/// "v1,BASE64" with HMAC-SHA256. `key` is the decoded secret.
std::string sign_webhook(const crypto::Secret& key, std::string_view id, std::int64_t timestamp_s,
                         std::string_view body);
/// True when one of the space-separated entries of `header` is ours and the stamp is within `tolerance_s` of `now_s`.
bool verify_webhook(const crypto::Secret& key, std::string_view id, std::int64_t timestamp_s, std::string_view header,
                    std::string_view body, std::int64_t now_s, std::int64_t tolerance_s = 300);
/// "whsec_" + base64 -> the key's bytes. Errc::undecodable when it is not one.
Result<crypto::Secret> parse_webhook_secret(std::string_view text);

}  // namespace acq::http
