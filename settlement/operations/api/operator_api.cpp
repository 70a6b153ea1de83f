#include "settlement/operations/api/operator_api.hpp"

#include "common/codec/api_json.hpp"
#include "common/codec/json_document.hpp"
#include "common/runtime/log.hpp"
#include "settlement/operations/api/route.hpp"
#include "settlement/operations/merchants.hpp"
#include "settlement/operations/payment_lookup.hpp"

namespace acq::settlement::operations {
namespace {

constexpr std::string_view lookup_path = "/operator/v1/payments/lookup";

/// Pages of intents are larger than anything a merchant sends.
constexpr codec::JsonLimits body_limits{limits::json_depth_max, limits::json_members_max, 1'000, 128 * 1024,
                                        operator_body_bytes_max};

const Route* find_route(std::string_view path) {
  constexpr std::string_view prefix = "/operator/v1";
  if (!path.starts_with(prefix)) return nullptr;
  path.remove_prefix(prefix.size());
  for (const auto table : {reading_routes(), acting_routes(), balance_routes(), merchant_routes()}) {
    for (const auto& route : table) {
      if (route.path == path) return &route;
    }
  }
  return nullptr;
}

void write_payment(codec::JsonWriter& writer, const Payment& payment) {
  writer.member("payment_id", std::string_view(payment.payment_id.text()))
      .member("merchant_order_id", std::string_view(payment.merchant_order_id))
      .member("amount", payment.amount)
      .member("currency", payment.currency.code())
      .member("state", acq::name_of(payment.state))
      .member("sequence", payment.sequence)
      .member("told_sequence", payment.told_sequence)
      .member("partition", payment.partition)
      .member("offset", payment.log_offset)
      .member("callback_url", std::string_view(payment.callback_url))
      .member("created_at", std::string_view(codec::rfc3339(payment.created_at_ms)))
      .member("updated_at", std::string_view(codec::rfc3339(payment.updated_at_ms)));
}

}  // namespace

http::Response problem(const Failure& failure, std::string_view request_id) {
  const auto& entry = entry_of(failure.code);
  http::Response response;
  response.status = http_status(failure.code);
  response.content_type = "application/problem+json";
  if (entry.told_to_merchants) {
    codec::Problem problem{failure.code, request_id, codec::MoneyWord::none, failure.detail, failure.faults,
                           std::nullopt, nullptr};
    codec::write_problem(response.body, problem);
    return response;
  }
  // An operator may know that database or broker are away, and what they said; only a merchant is told "internal".
  codec::JsonWriter(response.body)
      .begin_object()
      .member("title", entry.title)
      .member("status", response.status)
      .member("code", entry.name)
      .member("detail", std::string_view(failure.detail.empty() ? std::string(entry.title) : failure.detail))
      .member("request_id", request_id)
      .end_object();
  return response;
}

boost::asio::awaitable<http::Response> OperatorApi::answer(const http::Request& request) {
  auto response = route(request);
  if (response) co_return std::move(*response);
  const auto failure = response.error();
  if (failure.code == Errc::database_away || failure.code == Errc::broker_away)
    runtime::log_warning("operator_request_failed", {{"reason", failure.detail}});
  co_return problem(failure, request.request_id);
}

Result<http::Response> OperatorApi::route(const http::Request& request) {
  constexpr std::string_view bearer = "Bearer ";
  const auto* authorization = request.find("Authorization");
  if (authorization == nullptr || !authorization->starts_with(bearer)) return Failure(Errc::unauthorized, "no token");
  auto operator_name = operator_of_token(connection_, authorization->substr(bearer.size()));
  if (!operator_name) return operator_name.error();

  if (const auto* found = find_route(request.path)) {
    if (request.method != found->method) return Failure(Errc::method_not_allowed);
    codec::JsonValue body{codec::JsonValue::Object{}};
    if (!request.body.empty()) {
      auto parsed = codec::parse_json(request.body, body_limits);
      if (!parsed) return parsed.error();
      if (parsed->object() == nullptr) return Failure(Errc::malformed_json, "an object is wanted");
      body = std::move(*parsed);
    }
    Desk desk{connection_, log_, master_};
    return found->handle(desk, {*operator_name, body});
  }
  if (request.path != lookup_path) return Failure(Errc::not_found);
  if (request.method != "POST") return Failure(Errc::method_not_allowed);
  return look_up(request.body);
}

Result<http::Response> OperatorApi::look_up(std::string_view body) {
  auto json = codec::parse_json(body);
  if (!json) return json.error();
  const auto* member = json->find("payment_ids");
  const auto* list = member == nullptr ? nullptr : member->array();
  if (list == nullptr || list->size() > lookup_ids_max) return field("/payment_ids", "list");
  std::vector<PaymentId> ids;
  ids.reserve(list->size());
  for (const auto& one : *list) {
    const auto id = one.string() == nullptr ? std::nullopt : PaymentId::parse(*one.string());
    if (!id) return field("/payment_ids", "format");
    ids.push_back(*id);
  }
  auto found = look_up_payments(connection_, ids);
  if (!found) return found.error();
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("payments").begin_array();
  for (const auto& one : *found) {
    writer.begin_object().member("asked", std::string_view(one.asked.text())).member("verdict", name_of(one.verdict));
    if (one.verdict == Verdict::applied || one.verdict == Verdict::alias) write_payment(writer, one.payment);
    writer.end_object();
  }
  writer.end_array().end_object();
  return json_response(200, std::move(out));
}

}  // namespace acq::settlement::operations
