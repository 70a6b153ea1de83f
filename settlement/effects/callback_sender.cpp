#include "settlement/effects/callback_sender.hpp"

#include <charconv>

#include "common/codec/callback_json.hpp"
#include "common/http/webhook_signature.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"

namespace acq::settlement {
namespace {

/// Delay in seconds only; the date form is ignored, our own schedule stands.
std::int64_t retry_after_ms(std::string_view header) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  constexpr std::int64_t day_s = 24 * 3600;
  if (error != std::errc{} || end != header.data() + header.size() || seconds < 0) return 0;
  return std::min(seconds, day_s) * 1000;
}

}  // namespace

boost::asio::awaitable<CallbackAnswer> CallbackSender::tell(Payment payment) {
  CallbackAnswer told;
  told.payment_id = payment.payment_id;
  told.sequence = payment.sequence;
  const auto secret = secrets_.webhook_secret(payment.merchant_id);
  if (!secret) co_return told;

  http::ClientRequest request;
  request.method = "POST";
  request.url = payment.callback_url;
  request.body = codec::encode_callback(payment);
  request.timeout_ms = limits::callback_timeout_ms;
  request.answer_bytes_max = limits::callback_answer_bytes_max;
  const auto id = event_id(payment.payment_id, payment.sequence);
  const auto stamp = runtime::unix_ms() / 1000;
  request.headers = {{"webhook-id", id},
                     {"webhook-timestamp", std::to_string(stamp)},
                     {"webhook-signature", http::sign_webhook(*secret, id, stamp, request.body)},
                     {"User-Agent", "acq-settlement"}};
  const auto answer = co_await client_.send(std::move(request));
  if (!answer) co_return told;
  told.status = answer->status;
  told.retry_after_ms = retry_after_ms(answer->header("Retry-After"));
  if (answer->status / 100 == 2) told.verdict = CallbackVerdict::acknowledged;
  co_return told;
}

}  // namespace acq::settlement
