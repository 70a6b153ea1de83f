#include "gateway/channel_authentication.hpp"

#include <charconv>
#include <optional>

#include "common/http/webhook_signature.hpp"
#include "common/limits.hpp"
#include "gateway/request_headers.hpp"

namespace acq::gateway {
namespace {

std::optional<std::int64_t> seconds_from(std::string_view text) {
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, seconds);
  if (parsed.ec != std::errc() || parsed.ptr != end || seconds < 0) return std::nullopt;
  return seconds;
}

}  // namespace

Result<void> authenticate_channel(const http::Request& request, const crypto::Secret& secret, std::int64_t now_ms) {
  const auto id = header(request, "webhook-id");
  const auto stamp = seconds_from(header(request, "webhook-timestamp"));
  const auto signature = header(request, "webhook-signature");
  const bool complete = !id.empty() && stamp && !signature.empty();
  if (!complete ||
      !http::verify_webhook(secret, id, *stamp, signature, request.body, now_ms / 1000, limits::signature_age_s_max)) {
    return Failure(Errc::unauthorized, "the channel's signature");
  }
  return {};
}

}  // namespace acq::gateway
