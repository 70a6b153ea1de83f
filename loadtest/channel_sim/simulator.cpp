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

constexpr std::string_view charges_path = "/channel/v1/charges";

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

http::Response to_response(const Reply& reply) {
  switch (reply.kind) {
    case ReplyKind::answer:
    case ReplyKind::unheard: {
      http::Response response;
      response.status = reply.kind == ReplyKind::answer ? 200 : 404;
      response.body = codec::encode_charge_answer(reply.answer);
      return response;
    }
    case ReplyKind::timed_out:
      return problem(504, "no_answer", "The bank did not answer in time");
    case ReplyKind::fields_differ:
      return problem(409, "fields_differ", "The request id is known with other fields");
    case ReplyKind::full:
      return problem(503, "full", "The simulator keeps no more requests; POST /sim/reset");
  }
  return problem(500, "internal", "No such reply");
}

http::Response totals_response(const Totals& totals, bool of_one_order) {
  http::Response response;
  codec::JsonWriter json(response.body);
  json.begin_object();
  json.member("charges", totals.charges).member("charged_amount", totals.charged_amount);
  if (of_one_order) json.member("refunded_amount", totals.refunded_amount);
  json.member("requests", totals.requests);
  json.end_object();
  return response;
}

asio::awaitable<http::Response> charge(ChannelBook& book, const http::Request& request) {
  const auto parsed = codec::decode_charge(request.body);
  if (!parsed) co_return problem(400, "malformed", "The body is no charge request");
  const Reply reply = book.charge(*parsed, runtime::steady_ms());
  if (reply.delay_ms > 0) {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(reply.delay_ms));
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return to_response(reply);
}

/// Everything that answers at once.
http::Response answer_now(ChannelBook& book, const http::Request& request) {
  const std::int64_t now_ms = runtime::steady_ms();
  const bool get = request.method == "GET";
  if (get && request.path.starts_with(charges_path) && request.path.size() > charges_path.size() + 1 &&
      request.path[charges_path.size()] == '/') {
    return to_response(book.query(http::percent_decode(request.path.substr(charges_path.size() + 1)), now_ms));
  }
  if (get && request.path == "/sim/charges") {
    const std::string order = http::query_value(request.query, "merchant_order_id");
    if (order.empty()) return problem(400, "no_order", "Say which: ?merchant_order_id=…");
    return totals_response(book.order_totals(order, now_ms), true);
  }
  if (get && request.path == "/sim/totals") return totals_response(book.totals(now_ms), false);
  if (get && request.path == "/livez") return {};
  if (request.method == "POST" && request.path == "/sim/reset") {
    book.reset();
    http::Response response;
    response.status = 204;
    return response;
  }
  return problem(404, "not_found", "The channel has nothing under this method and path");
}

asio::awaitable<http::Response> route(ChannelBook& book, const http::Request& request) {
  if (request.method == "POST" && request.path == charges_path) co_return co_await charge(book, request);
  co_return answer_now(book, request);
}

}  // namespace

http::Handler make_handler(ChannelBook& book) {
  return [&book](const http::Request& request) { return route(book, request); };
}

http::Response error_answer(Errc code, std::string_view /*request_id*/) {
  http::Response response = problem(http_status(code), name_of(code), entry_of(code).title);
  response.close = true;
  return response;
}

}  // namespace acq::channel_sim
