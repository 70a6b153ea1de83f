// A request refused from its head leaves a usable connection; a server that does not read lets its peers wait, in
// order.
#include "common/http/head_gate.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <vector>

#include "common/http/framing.hpp"
#include "common/http/server.hpp"

using namespace acq;
using namespace acq::http;
namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

/// Refuses "/no…" by 503 from the head; the handler says whom it saw.
struct Bench {
  asio::io_context context{1};
  std::vector<std::string> handled;
  int asked = 0;
  Server server{context, options(), [this](const Request& request) { return handle(request); },
                [](Errc code, std::string_view) { return Response{.status = http_status(code)}; }};

  ServerOptions options() {
    ServerOptions options;
    options.body_timeout_ms = 300;
    options.head_gate = [this](const RequestHead& head) { return gate(head); };
    return options;
  }
  std::optional<Response> gate(const RequestHead& head) {
    ++asked;
    if (!head.path.starts_with("/no")) return std::nullopt;
    return Response{.status = 503, .body = std::string(head.method) + " " + std::string(head.request_id)};
  }
  asio::awaitable<Response> handle(const Request& request) {
    handled.push_back(std::string(request.target));
    co_return Response{.body = "seen"};
  }
  asio::awaitable<tcp::socket> connect() {
    tcp::socket socket(context);
    co_await socket.async_connect({asio::ip::address_v4::loopback(), server.port()}, asio::use_awaitable);
    co_return socket;
  }
  void run(std::function<asio::awaitable<void>()> test) {
    std::exception_ptr failure;
    asio::co_spawn(context, std::move(test), [&](std::exception_ptr thrown) {
      failure = std::move(thrown);
      context.stop();
    });
    context.run_for(10s);
    CHECK(context.stopped());
    if (failure) std::rethrow_exception(failure);
  }
};

asio::awaitable<void> say(tcp::socket& socket, std::string bytes) {
  co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
}

/// One answer's head; its body of `body_bytes` is taken as well. What follows stays in `buffer`.
asio::awaitable<std::string> hear(tcp::socket& socket, std::string& buffer, std::size_t body_bytes) {
  const std::size_t head =
      co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n", asio::use_awaitable);
  while (buffer.size() < head + body_bytes) {
    char more[512];
    const std::size_t count = co_await socket.async_read_some(asio::buffer(more), asio::use_awaitable);
    buffer.append(more, count);
  }
  std::string answer = buffer.substr(0, head + body_bytes);
  buffer.erase(0, head + body_bytes);
  co_return answer;
}

std::string post(const std::string& path, std::size_t length, const std::string& more = {}) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + more + "Content-Length: " + std::to_string(length) + "\r\n\r\n";
}
const std::string get_yes = "GET /yes HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::size_t refusal_bytes = std::string_view("POST req_0123456789abcdef").size();

asio::awaitable<bool> closed(tcp::socket& socket) {
  char byte = 0;
  const auto [error, count] = co_await socket.async_read_some(asio::buffer(&byte, 1), awaited);
  co_return error&& count == 0;
}

}  // namespace

TEST_CASE("the request line is cut from a head that passed the gate") {
  const auto line = request_line_of("POST /v1/payments?x=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(line.method == "POST");
  CHECK(line.target == "/v1/payments?x=1");
}

TEST_CASE("a refusal from the head is sent before the body has come, and the connection stays usable") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await bench.connect();
    std::string rest;
    co_await say(socket, post("/no?q=1", 16'000));
    const std::string refused = co_await hear(socket, rest, refusal_bytes);
    CHECK_THAT(refused, Catch::StartsWith("HTTP/1.1 503 ") && Catch::Contains("\r\n\r\nPOST req_"));
    CHECK_THAT(refused, !Catch::Contains("Connection: close"));
    // The id within the body is the one of the answer.
    CHECK(refused.find(refused.substr(refused.size() - 20)) != refused.size() - 20);
    // The body, and the next request behind it in the same bytes.
    co_await say(socket, std::string(9'000, 'x'));
    co_await say(socket, std::string(7'000, 'x') + get_yes);
    const std::string answered = co_await hear(socket, rest, 4);
    CHECK_THAT(answered, Catch::StartsWith("HTTP/1.1 200 ") && Catch::EndsWith("seen"));
    CHECK(bench.handled == std::vector<std::string>{"/yes"});
    CHECK(bench.asked == 2);
  });
}

TEST_CASE("pipelined requests behind a refused one are answered in order, and HEAD gets no body") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await bench.connect();
    std::string rest;
    co_await say(socket, post("/no", 2) + "hi" + "HEAD /no HTTP/1.1\r\nHost: x\r\n\r\n" + post("/yes", 2) + "hi");
    const std::string first = co_await hear(socket, rest, refusal_bytes);
    const std::string second = co_await hear(socket, rest, 0);
    const std::string third = co_await hear(socket, rest, 4);
    CHECK_THAT(first, Catch::StartsWith("HTTP/1.1 503 "));
    CHECK_THAT(second, Catch::StartsWith("HTTP/1.1 503 "));
    CHECK_THAT(third, Catch::StartsWith("HTTP/1.1 200 "));
    CHECK(bench.handled == std::vector<std::string>{"/yes"});
  });
}

TEST_CASE("a refused body that is slow, or that may never come, costs the connection") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    std::string rest;
    tcp::socket slow = co_await bench.connect();
    co_await say(slow, post("/no", 100) + "half");
    co_await hear(slow, rest, refusal_bytes);
    const bool slow_closed = co_await closed(slow);
    CHECK(slow_closed);
    // RFC 9110, 10.1.1: after a final answer the client may send the body, or not.
    tcp::socket expecting = co_await bench.connect();
    co_await say(expecting, post("/no", 100, "Expect: 100-continue\r\n"));
    const std::string answer = co_await hear(expecting, rest, refusal_bytes);
    CHECK_THAT(answer, Catch::Contains("Connection: close"));
    CHECK(bench.handled.empty());
  });
}

TEST_CASE("while reading is paused requests wait in line; they are let on one by one, and all when it ends") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    std::string rest;
    tcp::socket first = co_await bench.connect();
    tcp::socket second = co_await bench.connect();
    asio::steady_timer timer(bench.context);
    const auto settle = [&]() -> asio::awaitable<void> {
      timer.expires_after(20ms);
      co_await timer.async_wait(asio::use_awaitable);
    };
    co_await settle();
    bench.server.pause_reading();
    CHECK_FALSE(bench.server.reading());
    co_await say(first, get_yes);
    co_await settle();
    co_await say(second, get_yes);
    tcp::socket third = co_await bench.connect();   // the acceptor had been waiting for one already
    tcp::socket fourth = co_await bench.connect();  // the kernel's, not ours
    co_await settle();
    CHECK(bench.handled.empty());
    CHECK(bench.server.connections() == 3);
    CHECK(bench.server.held() == 3);  // two requests and the acceptor

    bench.server.release(1);
    co_await hear(first, rest, 4);
    co_await settle();
    CHECK(bench.handled.size() == 1);
    CHECK(bench.server.held() == 2);
    co_await say(first, get_yes);  // to the end of the line
    co_await settle();
    CHECK(bench.server.held() == 3);

    bench.server.resume_reading();
    CHECK(bench.server.reading());
    co_await hear(first, rest, 4);
    co_await hear(second, rest, 4);
    co_await say(fourth, get_yes);
    co_await hear(fourth, rest, 4);
    CHECK(bench.handled.size() == 4);
    CHECK(bench.server.held() == 0);
  });
}

TEST_CASE("draining ends a pause") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    std::string rest;
    tcp::socket socket = co_await bench.connect();
    asio::steady_timer timer(bench.context, 20ms);
    co_await timer.async_wait(asio::use_awaitable);
    bench.server.pause_reading();
    co_await say(socket, get_yes);
    timer.expires_after(20ms);
    co_await timer.async_wait(asio::use_awaitable);
    REQUIRE(bench.server.held() == 1);
    bench.server.drain();
    const std::string answer = co_await hear(socket, rest, 4);
    CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 200 ") && Catch::Contains("Connection: close"));
  });
}
