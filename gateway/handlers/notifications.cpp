#include "gateway/handlers/notifications.hpp"

#include "common/crypto/bytes.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "gateway/answers.hpp"
#include "gateway/channel_authentication.hpp"
#include "gateway/notification.hpp"

namespace acq::gateway::handlers {

namespace asio = boost::asio;

asio::awaitable<http::Response> Notifications::receive(const http::Request& request, std::int64_t began_ms) {
  if (secret_.empty()) co_return problem(Errc::not_found, request);
  const std::int64_t now = runtime::unix_ms();
  if (const auto sent = authenticate_channel(request, secret_, now); !sent) {
    co_return problem(sent.error().code, request);
  }
  auto notified = read_notification(std::string(request.body), now, crypto::random_word());
  if (!notified) {
    // Signed by the channel and not what we agreed on: somebody has to look.
    runtime::log_warning("notification_unreadable", {{"detail", notified.error().detail}});
    co_return problem(notified.error().code, request);
  }
  if (!offers_.open()) co_return problem(Errc::log_unavailable, request);
  const Intent intent = std::move(*notified);
  Offer made = offer_of(intent, partitions_);
  const OfferEnd end = co_await offers_.make(std::move(made), offer_deadline_ms(began_ms));
  switch (end) {
    case OfferEnd::persisted: {
      http::Response accepted;
      accepted.body = R"({"status":"accepted"})";
      co_return accepted;
    }
    case OfferEnd::refused:
      co_return problem(Errc::log_unavailable, request);
    case OfferEnd::unknown:
      break;
  }
  co_return problem(Errc::outcome_unknown, request);
}

http::Response Notifications::problem(Errc code, const http::Request& request) {
  metrics_.refused(code);
  return problem_response({.code = code}, request.request_id);
}

}  // namespace acq::gateway::handlers
