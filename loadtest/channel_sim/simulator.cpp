// Routes of the simulated channel. Problems here are the simulator's own, so they need no table of codes.
#include "loadtest/channel_sim/simulator.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "common/codec/json_document.hpp"
#include "common/runtime/clock.hpp"

namespace acq::channel_sim {
namespace {

namespace asio = boost::asio;

constexpr std::string_view channel_path = "/channel/v1/";
constexpr std::string_view charges = "charges";
constexpr std::string_view refunds = "refunds";
constexpr std::string_view close_suffix = "/close";
constexpr std::string_view reverse_suffix = "/reverse";

http::Response problem(int status, std::string_view code, std::string_view title) {
  http::Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  codec::JsonWriter json(response.body);
  json.begin_object();
  json.member("type", "about:blank").member("title", title).member("status", status).member("code", code);
  json.end_object();
  return response;
}

http::Response not_found() {
  return problem(404, "not_found", "The channel has nothing under this method and path");
}

http::Response json_response(std::string body, int status = 200) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

http::Response silence(bool cut) {
  http::Response response;
  response.status = 0;
  response.close = cut;
  return response;
}

/// What is no answer of the book's, for charges and refunds alike.
http::Response refusal(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::timed_out:
      return problem(504, "no_answer", "The bank did not answer in time");
    case ReplyKind::failed:
      return problem(500, "failed", "The bank failed; nothing was done");
    case ReplyKind::silent:
      return silence(false);
    case ReplyKind::fields_differ:
      return problem(409, "fields_differ", "The request id is known with other fields");
    case ReplyKind::not_flippable:
      return problem(409, "not_flippable", "Only what was declined or closed can succeed late");
    case ReplyKind::full:
      return problem(503, "full", "The simulator keeps no more requests; POST /sim/reset");
    case ReplyKind::answer:
    case ReplyKind::unheard:
      break;
  }
  return problem(500, "internal", "No such reply");
}

http::Response to_response(const Reply& reply) {
  if (reply.kind == ReplyKind::answer) return json_response(codec::encode_charge_answer(reply.answer));
  if (reply.kind == ReplyKind::unheard) return json_response(codec::encode_charge_answer(reply.answer), 404);
  return refusal(reply.kind);
}

http::Response to_response(const RefundResult& result) {
  if (result.kind == ReplyKind::answer) return json_response(codec::encode_refund_reply(result.reply));
  if (result.kind == ReplyKind::unheard) return json_response(codec::encode_refund_reply(result.reply), 404);
  return refusal(result.kind);
}

void write_totals(codec::JsonWriter& json, const Totals& totals) {
  json.member("charges", totals.charges).member("charged_amount", totals.charged_amount);
  json.member("refunded_amount", totals.refunded_amount).member("requests", totals.requests);
  json.member("refunds", totals.refunds).member("reversals", totals.reversals).member("kept", totals.kept());
}

/// The part of `path` behind `NAME/`; empty when it does not lie there.
std::string_view below(std::string_view path, std::string_view name) {
  if (path.size() <= name.size() + 1 || !path.starts_with(name) || path[name.size()] != '/') return {};
  return path.substr(name.size() + 1);
}

}  // namespace

Answered Simulator::answer(const http::Request& request, std::int64_t now_ms) {
  if (request.path.starts_with(channel_path)) return answer_as_channel(request, now_ms);
  return {answer_as_tool(request, now_ms), 0};
}

Answered Simulator::answer_as_channel(const http::Request& request, std::int64_t now_ms) {
  if (!faulty_) return act(request, {}, now_ms);
  if (faults_.down) return {silence(true), 0};
  const Hit hit = dice_.roll(faults_);
  Answered answered;
  if (hit.error) {
    answered.response = refusal(ReplyKind::failed);
  } else {
    answered = act(request, hit, now_ms);
    if (hit.timeout) answered.response = silence(false);
  }
  answered.delay_ms += faults_.delay_ms;
  return answered;
}

Answered Simulator::act(const http::Request& request, const Hit& hit, std::int64_t now_ms) {
  const std::string_view name = request.path.substr(channel_path.size());
  if (request.method == "POST") {
    if (name == charges) return charge(request, hit, now_ms);
    if (name == refunds) return {refund(request, hit, now_ms), 0};
    if (const auto ended = below(name, charges); !ended.empty()) {
      return {end_charge(request, ended, hit, now_ms), 0};
    }
  } else if (request.method == "GET") {
    if (const auto id = below(name, charges); !id.empty()) {
      return {to_response(book_.query(http::percent_decode(id), now_ms)), 0};
    }
    if (const auto id = below(name, refunds); !id.empty()) {
      return {to_response(book_.query_refund(http::percent_decode(id), now_ms)), 0};
    }
  }
  return {not_found(), 0};
}

Answered Simulator::charge(const http::Request& request, const Hit& hit, std::int64_t now_ms) {
  const auto parsed = codec::decode_charge(request.body);
  if (!parsed) return {problem(400, "malformed", "The body is no charge request"), 0};
  const Reply reply = book_.charge(*parsed, now_ms, {hit.late, hit.duplicate, hit.flip});
  return {to_response(reply), reply.delay_ms};
}

http::Response Simulator::end_charge(const http::Request& request, std::string_view name, const Hit& hit,
                                     std::int64_t now_ms) {
  const bool closes = name.ends_with(close_suffix);
  if (!closes && !name.ends_with(reverse_suffix)) return not_found();
  name.remove_suffix(closes ? close_suffix.size() : reverse_suffix.size());
  const auto parsed = codec::decode_end(request.body);
  if (!parsed || parsed->request_id != http::percent_decode(name)) {
    return problem(400, "malformed", "The body does not name the charge of its path as an end must");
  }
  const auto end = [&] { return closes ? book_.close(*parsed, now_ms) : book_.reverse(*parsed, now_ms); };
  const Reply reply = end();
  if (hit.duplicate) end();
  return to_response(reply);
}

http::Response Simulator::refund(const http::Request& request, const Hit& hit, std::int64_t now_ms) {
  const auto parsed = codec::decode_refund(request.body);
  if (!parsed) return problem(400, "malformed", "The body is no refund request");
  const RefundResult result = book_.refund(*parsed, now_ms);
  if (hit.duplicate) book_.refund(*parsed, now_ms);
  return to_response(result);
}

http::Response Simulator::answer_as_tool(const http::Request& request, std::int64_t now_ms) {
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (get && request.path == "/sim/charges") {
    const std::string order = http::query_value(request.query, "merchant_order_id");
    if (order.empty()) return problem(400, "no_order", "Say which: ?merchant_order_id=…");
    http::Response response;
    codec::JsonWriter json(response.body);
    json.begin_object();
    write_totals(json, book_.order_totals(order, now_ms));
    json.end_object();
    return response;
  }
  if (get && request.path == "/sim/totals") {
    http::Response response;
    codec::JsonWriter json(response.body);
    json.begin_object();
    write_totals(json, book_.totals(now_ms));
    const Outbox& outbox = book_.outbox();
    json.member("notifications_waiting", outbox.waiting());
    json.member("notifications_delivered", outbox.counts().delivered);
    json.member("notifications_given_up", outbox.counts().given_up);
    json.end_object();
    return response;
  }
  if (get && request.path == "/sim/faults") return json_response(encode_faults(faults_));
  if (post && request.path == "/sim/faults") return set_faults(request);
  if (post && request.path == "/sim/flip") return flip(request, now_ms);
  if (post && request.path == "/sim/reset") {
    reset();
    return json_response({}, 204);
  }
  if (get && request.path == "/livez") return {};
  return not_found();
}

http::Response Simulator::set_faults(const http::Request& request) {
  const auto parsed = decode_faults(request.body);
  if (!parsed) return problem(400, "malformed", parsed.error().detail);
  faults_ = *parsed;
  faulty_ = faults_.any();
  return json_response(encode_faults(faults_));
}

http::Response Simulator::flip(const http::Request& request, std::int64_t now_ms) {
  const auto parsed = codec::parse_json(request.body);
  const auto* members = parsed ? parsed->object() : nullptr;
  const auto id = parsed ? parsed->string_or("request_id") : std::string_view();
  if (members == nullptr || members->size() != 1 || id.empty()) {
    return problem(400, "malformed", "Say which and nothing else: {\"request_id\": …}");
  }
  return to_response(book_.flip(id, now_ms));
}

void Simulator::reset() {
  book_.reset();
  faults_ = {};
  faulty_ = false;
  dice_ = Dice(seed_);
}

namespace {

asio::awaitable<http::Response> serve(Simulator& simulator, const http::Request& request) {
  Answered answered = simulator.answer(request, runtime::steady_ms());
  if (answered.delay_ms > 0) {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(answered.delay_ms));
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return std::move(answered.response);
}

}  // namespace

http::Handler make_handler(Simulator& simulator) {
  return [&simulator](const http::Request& request) { return serve(simulator, request); };
}

http::Response error_answer(Errc code, std::string_view /*request_id*/) {
  http::Response response = problem(http_status(code), name_of(code), entry_of(code).title);
  response.close = true;
  return response;
}

}  // namespace acq::channel_sim
