#include "gateway/handlers/payments.hpp"

#include "common/runtime/clock.hpp"
#include "gateway/request_headers.hpp"

namespace acq::gateway::handlers {
namespace {

namespace asio = boost::asio;

/// Everything that can be said of a create before anything is looked up.
Result<PaymentRequest> read_create(const http::Request& request, const Merchant& merchant,
                                   const codec::RequestRules& rules) {
  if (!merchant.active) return Failure(Errc::merchant_suspended);
  if (!is_json(header(request, "content-type"))) return Failure(Errc::unsupported_media_type);
  if (!accepts_json(header(request, "accept"))) return Failure(Errc::not_acceptable);
  auto parsed = codec::read_payment_request(request.body, runtime::unix_ms(), rules);
  if (!parsed) return parsed.error();
  if (parsed->currency != merchant.currency) return Failure(Errc::currency_not_enabled);
  return parsed;
}

}  // namespace

asio::awaitable<http::Response> Payments::create(const http::Request& request, Merchant merchant,
                                                 std::int64_t began_ms) {
  auto parsed = read_create(request, merchant, rules_);
  if (!parsed) {
    const Refusal refusal{
        .code = parsed.error().code, .money = MoneyWord::not_looked_up, .faults = parsed.error().faults};
    co_return problem(refusal, request);
  }
  Asked asked{merchant, std::move(*parsed), traceparent_or_new(header(request, "traceparent")), began_ms};
  Creation creation = co_await intake_.create(std::move(asked));
  if (const auto* refusal = std::get_if<Refusal>(&creation)) co_return problem(*refusal, request);

  auto& created = std::get<Created>(creation);
  http::Response response;
  response.body = std::move(created.shown.json);
  if (created.replayed) {
    response.headers.emplace_back("Idempotent-Replayed", "true");
  } else {
    response.status = 202;
    metrics_.accepted(static_cast<double>(runtime::steady_ms() - began_ms) / 1000.0);
  }
  response.headers.emplace_back("Location", "/v1/payments/" + created.payment_id.text());
  response.headers.emplace_back("ETag", entity_tag(created.shown.sequence));
  co_return response;
}

asio::awaitable<http::Response> Payments::by_id(const http::Request& request, Merchant merchant, std::string_view id) {
  if (!accepts_json(header(request, "accept"))) co_return problem({.code = Errc::not_acceptable}, request);
  const auto parsed = PaymentId::parse(id);
  if (!parsed) co_return problem({.code = Errc::not_found}, request);
  Reading reading = co_await reader_.by_id(merchant.id, *parsed);
  co_return shown(std::move(reading), request);
}

asio::awaitable<http::Response> Payments::by_number(const http::Request& request, Merchant merchant) {
  if (!accepts_json(header(request, "accept"))) co_return problem({.code = Errc::not_acceptable}, request);
  std::string number = http::query_value(request.query, "merchant_order_id");
  if (!is_order_number(number)) {
    co_return problem(
        {.code = Errc::invalid_field, .faults = {{"/merchant_order_id", number.empty() ? "required" : "format"}}},
        request);
  }
  Reading reading = co_await reader_.by_number(merchant.id, std::move(number));
  co_return shown(std::move(reading), request);
}

http::Response Payments::problem(const Refusal& refusal, const http::Request& request) {
  metrics_.refused(refusal.code);
  return problem_response(refusal, request.request_id);
}

http::Response Payments::shown(Reading reading, const http::Request& request) {
  if (const auto* refusal = std::get_if<Refusal>(&reading)) return problem(*refusal, request);
  return payment_response(std::move(std::get<Shown>(reading)), header(request, "if-none-match"));
}

}  // namespace acq::gateway::handlers
