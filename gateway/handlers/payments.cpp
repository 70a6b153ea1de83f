#include "gateway/handlers/payments.hpp"

#include "common/runtime/clock.hpp"
#include "gateway/payment_filter.hpp"
#include "gateway/preference.hpp"
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

void add_applied(http::Response& response, bool held, std::uint32_t seconds) {
  if (held) response.headers.emplace_back("Preference-Applied", "wait=" + std::to_string(seconds));
}

}  // namespace

Payments::Stay Payments::stay_for(const http::Request& request, std::uint16_t route) {
  const auto seconds = preferred_wait_s(request);
  if (!seconds || *seconds == 0) return {};
  return {*seconds, parts_.waiting.enter(route)};
}

asio::awaitable<http::Response> Payments::create(const http::Request& request, Merchant merchant,
                                                 std::int64_t began_ms) {
  auto parsed = read_create(request, merchant, parts_.rules);
  if (!parsed) {
    const Refusal refusal{
        .code = parsed.error().code, .money = MoneyWord::not_looked_up, .faults = parsed.error().faults};
    co_return problem(refusal, request);
  }
  const std::int32_t attempt = parsed->attempt;
  Stay stay = stay_for(request, route_hash(merchant.id, parsed->merchant_order_id));
  if (stay.place) co_await stay.place->until_listening();  // before it produces (P25)
  Asked asked{merchant, std::move(*parsed), traceparent_or_new(header(request, "traceparent")), began_ms};
  Creation creation = co_await parts_.intake.create(std::move(asked));
  if (const auto* refusal = std::get_if<Refusal>(&creation)) co_return problem(*refusal, request);

  auto& created = std::get<Created>(creation);
  if (!created.replayed) parts_.metrics.accepted(static_cast<double>(runtime::steady_ms() - began_ms) / 1000.0);
  bool ended = false;
  if (stay.place) {
    Reading kept = co_await keep(created, request, stay, merchant.id, attempt, began_ms);
    if (auto* shown = std::get_if<Shown>(&kept)) {
      ended = stand_of(*shown, {.attempt = attempt}).is_final;
      created.shown = std::move(*shown);
    }
  }
  http::Response response;
  if (created.replayed) {
    response.headers.emplace_back("Idempotent-Replayed", "true");
  } else {
    response.status = ended ? 201 : 202;
  }
  response.headers.emplace_back("Location", "/v1/payments/" + created.payment_id.text());
  response.headers.emplace_back("ETag", entity_tag(created.shown));
  add_applied(response, stay.place != nullptr, stay.seconds);
  response.body = std::move(created.shown.json);
  co_return response;
}

asio::awaitable<Reading> Payments::keep(Created& created, const http::Request& request, Stay& stay, MerchantId merchant,
                                        std::int32_t attempt, std::int64_t began_ms) {
  Hold wanted;
  wanted.goal.attempt = attempt;
  wanted.until_ms = began_ms + 1000LL * stay.seconds;
  wanted.read = [this, merchant, id = created.payment_id] { return parts_.reader.read_now(merchant, id); };
  Reading known = created.shown;
  Reading kept = co_await hold(*stay.place, request, std::move(known), std::move(wanted));
  co_return kept;
}

asio::awaitable<http::Response> Payments::by_id(const http::Request& request, Merchant merchant, std::string_view id,
                                                std::int64_t began_ms) {
  if (!accepts_json(header(request, "accept"))) co_return problem({.code = Errc::not_acceptable}, request);
  const auto parsed = PaymentId::parse(id);
  if (!parsed) co_return problem({.code = Errc::not_found}, request);
  Read read = [this, merchant = merchant.id, id = *parsed] { return parts_.reader.by_id(merchant, id); };
  http::Response response = co_await answer_read(request, route_of(*parsed), std::move(read), began_ms);
  co_return response;
}

asio::awaitable<http::Response> Payments::by_query(const http::Request& request, Merchant merchant,
                                                   std::int64_t began_ms) {
  if (!accepts_json(header(request, "accept"))) co_return problem({.code = Errc::not_acceptable}, request);
  auto wanted = read_payments_query(request.query);
  if (!wanted) co_return problem({.code = wanted.error().code, .faults = wanted.error().faults}, request);
  if (const auto* number = std::get_if<NumberWanted>(&*wanted)) {
    const std::uint16_t route = route_hash(merchant.id, number->merchant_order_id);
    Read read = [this, merchant = merchant.id, text = number->merchant_order_id] {
      return parts_.reader.by_number(merchant, text);
    };
    http::Response one = co_await answer_read(request, route, std::move(read), began_ms);
    co_return one;
  }
  ListWanted asked = std::move(std::get<ListWanted>(*wanted));
  auto page = co_await parts_.list.page(merchant.id, std::move(asked));
  if (const auto* refusal = std::get_if<Refusal>(&page)) co_return problem(*refusal, request);
  http::Response response;
  response.body = std::move(std::get<std::string>(page));
  co_return response;
}

asio::awaitable<http::Response> Payments::answer_read(const http::Request& request, std::uint16_t route, Read read,
                                                      std::int64_t began_ms) {
  const std::string_view if_none_match = header(request, "if-none-match");
  Stay stay = stay_for(request, route);
  if (stay.place) co_await stay.place->until_listening();
  Reading reading = co_await read();
  if (stay.place) {
    Hold wanted;
    wanted.goal.other_than = if_none_match;
    wanted.until_ms = began_ms + 1000LL * stay.seconds;
    wanted.read = std::move(read);
    Reading held = co_await hold(*stay.place, request, std::move(reading), std::move(wanted));
    reading = std::move(held);
  }
  if (const auto* refusal = std::get_if<Refusal>(&reading)) co_return problem(*refusal, request);
  http::Response response = payment_response(std::move(std::get<Shown>(reading)), if_none_match);
  add_applied(response, stay.place != nullptr, stay.seconds);
  co_return response;
}

http::Response Payments::problem(const Refusal& refusal, const http::Request& request) {
  parts_.metrics.refused(refusal.code);
  return problem_response(refusal, request.request_id);
}

}  // namespace acq::gateway::handlers
