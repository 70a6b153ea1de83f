// A merchant's endpoint as we advise merchants to write theirs: verify over the raw body, keep, answer at once.
#include "loadtest/load/receiver.hpp"

#include <charconv>
#include <limits>

#include "common/codec/json_document.hpp"
#include "common/http/webhook_signature.hpp"
#include "common/runtime/clock.hpp"
#include "loadtest/load/tasks.hpp"

namespace acq::load {
namespace {

http::Response problem(int status, std::string_view title) {
  http::Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  codec::JsonWriter json(response.body);
  json.begin_object();
  json.member("type", "about:blank").member("title", title).member("status", status);
  json.end_object();
  return response;
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

boost::asio::awaitable<http::Response> ready(http::Response response) {
  co_return response;
}

}  // namespace

Receiver::Receiver(boost::asio::io_context& context, ReceiverOptions options)
    : options_(std::move(options)), events_(options_.events_max) {
  if (options_.port != 0) http::probe_port_free(options_.address, options_.port);
  http::ServerOptions listening;
  listening.address = options_.address;
  listening.port = options_.port;
  listening.body_bytes_max = limits::callback_answer_bytes_max;
  server_.emplace(
      context, listening, [this](const http::Request& request) { return ready(answer(request)); },
      [](Errc code, std::string_view) {
        http::Response response = problem(http_status(code), entry_of(code).title);
        response.close = true;
        return response;
      });
}

std::string Receiver::callback_url() const {
  return "http://" + options_.address + ":" + std::to_string(port()) + "/callbacks";
}

http::Response Receiver::answer(const http::Request& request) {
  if (request.method == "POST" && request.path == "/callbacks") return take_callback(request);
  if (request.method == "GET" && request.path == "/received") return list(request);
  if (request.method == "GET" && request.path == "/received/count") {
    http::Response response;
    codec::JsonWriter json(response.body);
    json.begin_object();
    json.member("received", events_.received()).member("duplicates", events_.duplicates());
    json.member("rejected", events_.rejected());
    json.end_object();
    return response;
  }
  if (request.method == "GET" && request.path == "/livez") return {};
  return problem(404, "The receiver has nothing under this method and path");
}

http::Response Receiver::take_callback(const http::Request& request) {
  const std::string_view* id = request.find("webhook-id");
  const std::string_view* stamp = request.find("webhook-timestamp");
  const std::string_view* signature = request.find("webhook-signature");
  const std::optional<std::int64_t> stamp_s = stamp == nullptr ? std::nullopt : number_in(*stamp);
  const std::int64_t now_ms = runtime::unix_ms();
  if (id == nullptr || signature == nullptr || !stamp_s ||
      !http::verify_webhook(options_.secret, *id, *stamp_s, *signature, request.body, now_ms / 1000)) {
    events_.count_rejected();
    return problem(401, "The signature is not the one of this body and secret");
  }
  auto content = codec::read_callback(request.body);
  if (!content) {
    events_.count_rejected();
    return problem(400, "The body is no callback that we can read");
  }
  events_.add(*id, std::move(*content), now_ms, steady_us());
  http::Response response;
  response.status = 204;
  return response;
}

http::Response Receiver::list(const http::Request& request) const {
  const auto number_or = [&](std::string_view name, std::int64_t fallback) -> std::optional<std::int64_t> {
    const std::string text = http::query_value(request.query, name);
    return text.empty() ? fallback : number_in(text);
  };
  const std::string asked = http::query_value(request.query, "payment_id");
  const auto payment = PaymentId::parse(asked);
  const auto after = number_or("after", 0);
  const auto count = number_or("limit", std::numeric_limits<std::int64_t>::max());
  if ((!asked.empty() && !payment) || !after || !count)
    return problem(422, "payment_id, after or limit cannot be read");
  http::Response response;
  response.body = write_received(events_, events_.page(*after, static_cast<std::size_t>(*count), payment));
  return response;
}

}  // namespace acq::load
