#include "gateway/handlers/closes.hpp"

#include "common/codec/close_json.hpp"
#include "gateway/request_headers.hpp"

namespace acq::gateway::handlers {
namespace {

namespace asio = boost::asio;

Refusal not_looked_up(const Failure& failure) {
  return {.code = failure.code, .money = MoneyWord::not_looked_up, .faults = failure.faults};
}

CloseAsked asked_by(const Merchant& merchant, const http::Request& request, std::int64_t began_ms) {
  return {merchant, traceparent_or_new(header(request, "traceparent")), began_ms};
}

}  // namespace

asio::awaitable<http::Response> Closes::by_id(const http::Request& request, Merchant merchant, std::string_view id,
                                              std::int64_t began_ms) {
  if (!accepts_json(header(request, "accept"))) co_return problem(not_looked_up(Errc::not_acceptable), request);
  if (auto body = codec::read_no_members(request.body); !body) co_return problem(not_looked_up(body.error()), request);
  const auto parsed = PaymentId::parse(id);
  if (!parsed) co_return problem({.code = Errc::not_found, .money = MoneyWord::untouched}, request);
  CloseAsked asked = asked_by(merchant, request, began_ms);
  CloseAnswer answer = co_await intake_.by_id(std::move(asked), *parsed);
  co_return answered(std::move(answer), request);
}

asio::awaitable<http::Response> Closes::by_number(const http::Request& request, Merchant merchant,
                                                  std::int64_t began_ms) {
  if (!is_json(header(request, "content-type"))) {
    co_return problem(not_looked_up(Errc::unsupported_media_type), request);
  }
  if (!accepts_json(header(request, "accept"))) co_return problem(not_looked_up(Errc::not_acceptable), request);
  auto wanted = codec::read_close_request(request.body);
  if (!wanted) co_return problem(not_looked_up(wanted.error()), request);
  CloseAsked asked = asked_by(merchant, request, began_ms);
  CloseAnswer answer =
      co_await intake_.by_number(std::move(asked), std::move(wanted->merchant_order_id), wanted->attempt);
  co_return answered(std::move(answer), request);
}

http::Response Closes::problem(const Refusal& refusal, const http::Request& request) {
  metrics_.refused(refusal.code);
  return problem_response(refusal, request.request_id);
}

http::Response Closes::answered(CloseAnswer answer, const http::Request& request) {
  if (const auto* refusal = std::get_if<Refusal>(&answer)) return problem(*refusal, request);
  auto& closing = std::get<Closing>(answer);
  http::Response response;
  response.status = closing.replayed ? 200 : 202;
  if (closing.replayed) {
    response.headers.emplace_back("Idempotent-Replayed", "true");
    response.headers.emplace_back("ETag", entity_tag(closing.shown.sequence));
  }
  if (closing.payment_id) response.headers.emplace_back("Location", "/v1/payments/" + closing.payment_id->text());
  response.body = std::move(closing.shown.json);
  return response;
}

}  // namespace acq::gateway::handlers
