#include "gateway/handlers/refunds.hpp"

#include "common/codec/json_document.hpp"
#include "common/codec/refund_json.hpp"
#include "gateway/request_headers.hpp"

namespace acq::gateway::handlers {
namespace {

namespace asio = boost::asio;

Result<codec::RefundWanted> read_create(const http::Request& request, const Merchant& merchant) {
  if (!merchant.active) return Failure(Errc::merchant_suspended);
  if (!is_json(header(request, "content-type"))) return Failure(Errc::unsupported_media_type);
  if (!accepts_json(header(request, "accept"))) return Failure(Errc::not_acceptable);
  return codec::read_refund_wanted(request.body);
}

/// A refund has no sequence: its state and the time of its last change say which one it is.
std::string refund_tag(const Refund& refund) {
  return '"' + std::string(name_of(refund.state)) + "-" + std::to_string(refund.updated_at_ms) + '"';
}

std::string text_of(const StoredRefund& stored) {
  std::string json;
  codec::write_refund(json, stored.refund, stored.aliases);
  return json;
}

std::string text_of(const RefundPage& page) {
  std::string json;
  codec::JsonWriter w(json);
  w.begin_object().key("data").begin_array();
  for (const auto& refund : page.refunds) w.raw(text_of({refund, {}}));
  w.end_array().key("next_cursor");
  if (page.next) {
    w.value(page.next->text());
  } else {
    w.null();
  }
  w.end_object();
  return json;
}

}  // namespace

asio::awaitable<http::Response> Refunds::create(const http::Request& request, Merchant merchant,
                                                std::string_view payment_id, std::int64_t began_ms) {
  auto wanted = read_create(request, merchant);
  if (!wanted) {
    const Refusal refusal{
        .code = wanted.error().code, .money = MoneyWord::not_looked_up, .faults = wanted.error().faults};
    co_return problem(refusal, request);
  }
  const auto payment = PaymentId::parse(payment_id);
  if (!payment) co_return problem({.code = Errc::not_found, .money = MoneyWord::untouched}, request);
  RefundAsked asked{merchant, std::move(*wanted), traceparent_or_new(header(request, "traceparent")), began_ms};
  RefundCreation answer = co_await intake_.create(std::move(asked), *payment);
  if (const auto* refusal = std::get_if<Refusal>(&answer)) co_return problem(*refusal, request);

  const auto& refunding = std::get<Refunding>(answer);
  http::Response response;
  response.status = refunding.replayed ? 200 : 202;
  if (refunding.replayed) response.headers.emplace_back("Idempotent-Replayed", "true");
  response.headers.emplace_back("Location", "/v1/refunds/" + refunding.refund.refund.refund_id.text());
  response.headers.emplace_back("ETag", refund_tag(refunding.refund.refund));
  response.body = text_of(refunding.refund);
  co_return response;
}

asio::awaitable<http::Response> Refunds::of_payment(const http::Request& request, Merchant merchant,
                                                    std::string_view payment_id) {
  if (!accepts_json(header(request, "accept"))) co_return problem({.code = Errc::not_acceptable}, request);
  const auto payment = PaymentId::parse(payment_id);
  if (!payment) co_return problem({.code = Errc::not_found}, request);
  std::optional<RefundId> before;
  if (const std::string cursor = http::query_value(request.query, "cursor"); !cursor.empty()) {
    before = RefundId::parse(cursor);
    if (!before) co_return problem({.code = Errc::bad_cursor}, request);
  }
  RefundList list = co_await reader_.of_payment(merchant.id, *payment, before);
  if (const auto* refusal = std::get_if<Refusal>(&list)) co_return problem(*refusal, request);
  http::Response response;
  response.body = text_of(std::get<RefundPage>(list));
  co_return response;
}

asio::awaitable<http::Response> Refunds::by_id(const http::Request& request, Merchant merchant, std::string_view id) {
  if (!accepts_json(header(request, "accept"))) co_return problem({.code = Errc::not_acceptable}, request);
  const auto parsed = RefundId::parse(id);
  if (!parsed) co_return problem({.code = Errc::not_found}, request);
  const RefundFinding found = co_await reader_.by_id(merchant.id, *parsed);
  co_return shown(found, request);
}

asio::awaitable<http::Response> Refunds::by_number(const http::Request& request, Merchant merchant) {
  if (!accepts_json(header(request, "accept"))) co_return problem({.code = Errc::not_acceptable}, request);
  std::string number = http::query_value(request.query, "merchant_refund_id");
  if (!is_order_number(number)) {  // the same characters, and as many
    co_return problem(
        {.code = Errc::invalid_field, .faults = {{"/merchant_refund_id", number.empty() ? "required" : "format"}}},
        request);
  }
  const RefundFinding found = co_await reader_.by_number(merchant.id, std::move(number));
  co_return shown(found, request);
}

http::Response Refunds::problem(const Refusal& refusal, const http::Request& request) {
  metrics_.refused(refusal.code);
  return problem_response(refusal, request.request_id);
}

http::Response Refunds::shown(const RefundFinding& found, const http::Request& request) {
  if (const auto* refusal = std::get_if<Refusal>(&found)) return problem(*refusal, request);
  const auto& stored = std::get<StoredRefund>(found);
  http::Response response;
  std::string tag = refund_tag(stored.refund);
  if (matches_etag(header(request, "if-none-match"), tag)) {
    response.status = 304;
  } else {
    response.body = text_of(stored);
  }
  response.headers.emplace_back("ETag", std::move(tag));
  return response;
}

}  // namespace acq::gateway::handlers
