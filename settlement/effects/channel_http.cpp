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

/// POST with a body, GET without.
http::ClientRequest request_to(std::string url, std::string body) {
  http::ClientRequest request;
  if (!body.empty()) request.method = "POST";
  request.url = std::move(url);
  request.body = std::move(body);
  request.timeout_ms = limits::channel_timeout_ms;
  request.answer_bytes_max = limits::channel_answer_bytes_max;
  return request;
}

RefundAnswer read_refund(const Result<http::ClientAnswer>& answer, const Refund& refund, bool query) {
  RefundAnswer unanswered;
  unanswered.payment_id = refund.payment_id;
  unanswered.refund_id = refund.refund_id;
  if (!answer || !(answer->status == 200 || (query && answer->status == 404))) return unanswered;
  const auto decoded = codec::decode_refund_reply(answer->body);
  return decoded ? codec::judge_refund(*decoded, refund) : unanswered;
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
  http::ClientRequest request = request_to(url_ + "/channel/v1/charges", codec::encode_charge(charge));
  const auto answer = co_await client_.send(std::move(request));
  co_return read(answer, payment, false);
}

boost::asio::awaitable<ChannelAnswer> ChannelHttp::query(Payment payment) {
  http::ClientRequest request =
      request_to(url_ + "/channel/v1/charges/" + channel_request_id(payment.payment_id, payment.attempt), {});
  const auto answer = co_await client_.send(std::move(request));
  co_return read(answer, payment, true);
}

boost::asio::awaitable<ChannelAnswer> ChannelHttp::close(Payment payment) {
  auto answer = co_await end(std::move(payment), "/close");
  co_return answer;
}

boost::asio::awaitable<ChannelAnswer> ChannelHttp::reverse(Payment payment) {
  auto answer = co_await end(std::move(payment), "/reverse");
  co_return answer;
}

boost::asio::awaitable<ChannelAnswer> ChannelHttp::end(Payment payment, std::string_view act) {
  codec::EndRequest ending;
  ending.request_id = channel_request_id(payment.payment_id, payment.attempt);
  ending.merchant_id = payment.merchant_id.text();
  ending.merchant_order_id = payment.merchant_order_id;
  ending.amount = payment.amount;
  ending.currency = std::string(payment.currency.code());
  http::ClientRequest request =
      request_to(url_ + "/channel/v1/charges/" + ending.request_id + std::string(act), codec::encode_end(ending));
  const auto answer = co_await client_.send(std::move(request));
  co_return read(answer, payment, false);
}

boost::asio::awaitable<RefundAnswer> ChannelHttp::refund(Refund refund) {
  codec::RefundRequest wanted;
  wanted.refund_request_id = channel_refund_id(refund);
  wanted.charge_request_id = channel_request_id(refund.payment_id, refund.attempt);
  wanted.merchant_id = refund.merchant_id.text();
  wanted.merchant_order_id = refund.merchant_order_id;
  wanted.amount = refund.amount;
  wanted.currency = std::string(refund.currency.code());
  http::ClientRequest request = request_to(url_ + "/channel/v1/refunds", codec::encode_refund(wanted));
  const auto answer = co_await client_.send(std::move(request));
  co_return read_refund(answer, refund, false);
}

boost::asio::awaitable<RefundAnswer> ChannelHttp::query_refund(Refund refund) {
  http::ClientRequest request = request_to(url_ + "/channel/v1/refunds/" + channel_refund_id(refund), {});
  const auto answer = co_await client_.send(std::move(request));
  co_return read_refund(answer, refund, true);
}

}  // namespace acq::settlement
