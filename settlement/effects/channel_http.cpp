#include "settlement/effects/channel_http.hpp"

#include "common/codec/channel_json.hpp"
#include "common/limits.hpp"
#include "common/runtime/log.hpp"

namespace acq::settlement {
namespace {

ChannelAnswer answer_about(const Payment& payment, ChannelVerdict verdict) {
  ChannelAnswer answer;
  answer.payment_id = payment.payment_id;
  answer.attempt = payment.attempt;
  answer.verdict = verdict;
  return answer;
}

/// 200 is an answer, 404 on a query is "never heard of it"; anything else tells nothing.
ChannelAnswer read(const Result<http::ClientAnswer>& answer, const Payment& payment, bool query) {
  if (answer && (answer->status == 200 || (query && answer->status == 404))) {
    if (const auto decoded = codec::decode_charge_answer(answer->body)) return codec::judge(*decoded, payment);
  }
  return answer_about(payment, ChannelVerdict::unanswered);
}

}  // namespace

boost::asio::awaitable<ChannelAnswer> ChannelHttp::charge(Payment payment) {
  codec::ChargeRequest charge;
  charge.request_id = channel_request_id(payment.payment_id, payment.attempt);
  charge.merchant_id = payment.merchant_id.text();
  charge.merchant_order_id = payment.merchant_order_id;
  charge.amount = payment.amount;
  charge.currency = std::string(payment.currency.code());
  charge.method = std::string(name_of(payment.method));
  if (payment.method == MethodType::barcode) {
    const auto code = secrets_.open_code(payment);
    if (!code) {
      // The day key is gone (P24), or the box was changed: without digits nothing can be sent. Asked on, never guessed.
      runtime::log_error("payment_code_lost",
                         {{"payment_id", payment.payment_id.text()}, {"reason", code.error().detail}});
      co_return answer_about(payment, ChannelVerdict::unanswered);
    }
    charge.code = std::string(code->reveal());
  }
  http::ClientRequest request;
  request.method = "POST";
  request.url = url_ + "/channel/v1/charges";
  request.body = codec::encode_charge(charge);
  request.timeout_ms = limits::channel_timeout_ms;
  request.answer_bytes_max = limits::channel_answer_bytes_max;
  const auto answer = co_await client_.send(std::move(request));
  co_return read(answer, payment, false);
}

boost::asio::awaitable<ChannelAnswer> ChannelHttp::query(Payment payment) {
  http::ClientRequest request;
  request.url = url_ + "/channel/v1/charges/" + channel_request_id(payment.payment_id, payment.attempt);
  request.timeout_ms = limits::channel_timeout_ms;
  request.answer_bytes_max = limits::channel_answer_bytes_max;
  const auto answer = co_await client_.send(std::move(request));
  co_return read(answer, payment, true);
}

}  // namespace acq::settlement
