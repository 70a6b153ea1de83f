// Server and client over loopback: the shell around the gate, the pool and the deadlines. Port 0, milliseconds each.
#include <sys/socket.h>

#include "common/http/client.hpp"
#include "tests/unit/http/loopback.hpp"

using namespace acq;
using namespace acq::http;

namespace {

// Requests are made by functions: GCC 12 miscompiles braces and "?:" within a co_await expression.
ClientRequest get(std::string url, std::uint32_t timeout_ms = 3'000, std::size_t answer_bytes_max = 64 * 1024) {
  ClientRequest request;
  request.url = std::move(url);
  request.timeout_ms = timeout_ms;
  request.answer_bytes_max = answer_bytes_max;
  return request;
}
ClientRequest post(std::string url, std::string body, std::string header_value = "1") {
  ClientRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.headers = {{"X-A", std::move(header_value)}};
  request.body = std::move(body);
  return request;
}

const std::string close_get = "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("the server answers a request with its body, an id and a date") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    const auto answer = co_await bench.talk(
        "POST /v1/x?q=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    CHECK_THAT(answer,
               Catch::StartsWith("HTTP/1.1 200 OK\r\nDate: ") && Catch::EndsWith("\r\n\r\nPOST /v1/x?q=1 hello"));
    CHECK_THAT(answer, Catch::Contains("\r\nConnection: close\r\n") && Catch::Contains("\r\nContent-Length: 20\r\n"));
    CHECK_THAT(answer, Catch::Matches("(.|\\r|\\n)*\\r\\nRequest-Id: req_[0-9a-f]{16}\\r\\n(.|\\r|\\n)*"));
  });
}

TEST_CASE("pipelined requests are answered in order, whatever the cuts") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    const std::string bytes =
        "GET /slow HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" + close_get;
    for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{34}, std::size_t{40}, bytes.size() - 1}) {
      tcp::socket socket = co_await bench.connect();
      co_await asio::async_write(socket, asio::buffer(bytes.substr(0, cut)), asio::use_awaitable);
      co_await pause_for(2ms);
      co_await asio::async_write(socket, asio::buffer(bytes.substr(cut)), asio::use_awaitable);
      std::string answer;
      co_await asio::async_read(socket, asio::dynamic_buffer(answer), awaited);
      const auto first = answer.find("GET /slow ");
      const auto second = answer.find("POST /b hi");
      const auto third = answer.find("GET /last ");
      INFO(cut);
      CHECK((first < second && second < third && third != std::string::npos));
    }
  });
}

TEST_CASE("a framing error is answered once and closes, whatever follows it") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    const auto bad = co_await bench.talk(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + close_get);
    CHECK_THAT(bad, Catch::StartsWith("HTTP/1.1 400 Bad Request\r\n") && Catch::Contains("bad_framing req_"));
    CHECK(bad.find("HTTP/1.1", 1) == std::string::npos);
    const auto large =
        co_await bench.talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 16385\r\n\r\n" + std::string(16385, 'x'));
    CHECK_THAT(large, Catch::StartsWith("HTTP/1.1 413 ") && Catch::Contains("Connection: close"));
    const auto no_length = co_await bench.talk("POST / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_THAT(no_length, Catch::StartsWith("HTTP/1.1 411 "));
    const auto long_header = co_await bench.talk("GET / HTTP/1.1\r\nX: " + std::string(9000, 'x'));
    CHECK_THAT(long_header, Catch::StartsWith("HTTP/1.1 431 "));
    const auto long_target = co_await bench.talk("GET /" + std::string(9000, 'x'));
    CHECK_THAT(long_target, Catch::StartsWith("HTTP/1.1 414 "));
  });
}

TEST_CASE("a client that waits for it is told to continue") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await bench.connect();
    const std::string head =
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
    co_await asio::async_write(socket, asio::buffer(head), asio::use_awaitable);
    std::string interim(25, '\0');
    co_await asio::async_read(socket, asio::buffer(interim), asio::use_awaitable);
    CHECK(interim == "HTTP/1.1 100 Continue\r\n\r\n");
    co_await asio::async_write(socket, asio::buffer("hi", 2), asio::use_awaitable);
    std::string answer;
    co_await asio::async_read(socket, asio::dynamic_buffer(answer), awaited);
    CHECK_THAT(answer, Catch::EndsWith("POST / hi"));
  });
}

TEST_CASE("a handler's exception is answered 500 and the connection stays") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    const auto answer = co_await bench.talk("GET /throw HTTP/1.1\r\nHost: x\r\n\r\n" + close_get);
    CHECK_THAT(answer,
               Catch::StartsWith("HTTP/1.1 500 ") && Catch::Contains("internal req_") && Catch::Contains("GET /last"));
    CHECK_THAT(answer, !Catch::Contains("on purpose"));
    CHECK(bench.server.in_flight() == 0);
  });
}

TEST_CASE("half a request is answered 408, silence is closed without a word") {
  Bench bench({.header_timeout_ms = 100, .body_timeout_ms = 100, .idle_timeout_ms = 300});
  bench.run([&]() -> asio::awaitable<void> {
    const auto half_head = co_await bench.talk("GET / HTTP/1.1\r\nHos");
    CHECK_THAT(half_head, Catch::StartsWith("HTTP/1.1 408 ") && Catch::Contains("request_timeout"));
    const auto half_body = co_await bench.talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf");
    CHECK_THAT(half_body, Catch::StartsWith("HTTP/1.1 408 "));
    const auto silence = co_await bench.talk("");
    CHECK(silence.empty());
    const auto whole = co_await bench.talk("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_THAT(whole, Catch::EndsWith("GET / "));
  });
}

TEST_CASE("connections over the limit are told so") {
  Bench bench({.connections_max = 1});
  bench.run([&]() -> asio::awaitable<void> {
    tcp::socket first = co_await bench.connect();
    co_await pause_for(5ms);
    const auto over = co_await bench.talk(close_get);
    CHECK_THAT(over, Catch::StartsWith("HTTP/1.1 503 ") && Catch::Contains("overloaded"));
    first.close();
    co_await pause_for(20ms);
    const auto within = co_await bench.talk(close_get);
    CHECK_THAT(within, Catch::StartsWith("HTTP/1.1 200 "));
  });
}

TEST_CASE("a port that someone has is named") {
  Bench bench({.reuse_port = true});
  try {
    probe_port_free("127.0.0.1", bench.server.port());
    FAIL("not refused");
  } catch (const StartError& error) {
    CHECK(error.exit_code == 3);
    CHECK_THAT(error.what(), Catch::Contains(std::to_string(bench.server.port())));
  }
  CHECK_THROWS_AS(Bench({.port = bench.server.port()}), StartError);
  CHECK_NOTHROW(Bench({.port = bench.server.port(), .reuse_port = true}));
  CHECK_THROWS_AS(Bench({.address = "localhost"}), StartError);
}

TEST_CASE("the client keeps its connection, sends a body and reads an answer") {
  Bench bench;
  Client client(bench.context, {});
  bench.run([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      const auto answer = co_await client.send(post(bench.url("/a?b=c"), "hi"));
      REQUIRE(answer.has_value());
      CHECK(answer->status == 200);
      CHECK(answer->body == "POST /a?b=c hi");
      CHECK(answer->header("content-type") == "application/json");
      CHECK(answer->header("absent").empty());
    }
    CHECK(bench.server.connections() == 1);
    const auto redirect = co_await client.send(get(bench.url("/redirect")));
    CHECK(redirect->status == 302);
    client.close_idle();
    co_await pause_for(5ms);
    CHECK(bench.server.connections() == 0);
  });
}

TEST_CASE("exchanges over the limit of connections wait their turn, and not beyond their deadline") {
  Bench bench;
  Client client(bench.context, {.connections_per_destination_max = 1});
  bench.run([&]() -> asio::awaitable<void> {
    std::vector<int> order;
    int failed = 0;
    const auto go = [&](int number, std::uint32_t timeout_ms) -> asio::awaitable<void> {
      const auto answer = co_await client.send(get(bench.url("/slow"), timeout_ms));
      if (answer)
        order.push_back(number);
      else
        ++failed;
    };
    for (int i = 0; i < 3; ++i) asio::co_spawn(bench.context, go(i, 2'000), asio::detached);
    asio::co_spawn(bench.context, go(9, 20), asio::detached);
    co_await pause_for(300ms);
    CHECK(order == std::vector<int>{0, 1, 2});
    CHECK(failed == 1);
    CHECK(bench.server.connections() == 1);
  });
}

TEST_CASE("the client gives up in time and bounds what it reads") {
  Bench bench;
  Client client(bench.context, {});
  bench.run([&]() -> asio::awaitable<void> {
    const auto late = co_await client.send(get(bench.url("/slow"), 10));
    CHECK(late.error().code == Errc::peer_away);
    CHECK_THAT(late.error().detail, Catch::Contains("within 10 ms"));
    const auto oversize = co_await client.send(get(bench.url("/large")));
    CHECK(oversize.error().code == Errc::peer_away);
    const auto allowed = co_await client.send(get(bench.url("/large"), 3'000, 100'000));
    CHECK(allowed->body.size() == 100'000);
    const auto nobody = co_await client.send(get("http://127.0.0.1:1/"));
    CHECK(nobody.error().code == Errc::peer_away);
    const auto no_host = co_await client.send(get("http://no-such-host.invalid/"));
    CHECK(no_host.error().code == Errc::peer_away);
    const auto bad_url = co_await client.send(get("http://user@127.0.0.1/"));
    CHECK(bad_url.error().code == Errc::address_refused);
    const auto bad_header = co_await client.send(post(bench.url("/"), "", "a\r\nb"));
    CHECK(bad_header.error().code == Errc::internal);
  });
}

TEST_CASE("a connection that the server closed is found out before a POST is written to it") {
  Bench bench({.idle_timeout_ms = 50});
  Client client(bench.context, {});
  bench.run([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 2; ++i) {
      const auto posted = co_await client.send(post(bench.url("/"), "x"));
      CHECK(posted->status == 200);
      co_await pause_for(400ms);
      CHECK(bench.server.connections() == 0);
    }
  });
}

namespace {

/// Answers the first request of each connection, then closes without a word at the second: the race that a peek cannot
/// see. Counts the requests that arrived.
asio::awaitable<void> answer_once_each(tcp::acceptor& acceptor, int& requests) {
  while (true) {
    auto [error, socket] = co_await acceptor.async_accept(awaited);
    if (error) co_return;
    char bytes[1024];
    for (int i = 0; i < 2; ++i) {
      const auto [failed, count] = co_await socket.async_read_some(asio::buffer(bytes), awaited);
      if (failed) break;
      ++requests;
      if (i == 1) break;
      co_await asio::async_write(socket, asio::buffer(std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
                                 awaited);
    }
  }
}

}  // namespace

TEST_CASE("a GET is repeated on a new connection, a POST is not") {
  for (const std::string method : {"GET", "POST"}) {
    Bench bench;
    tcp::acceptor acceptor(bench.context, {asio::ip::address_v4::loopback(), 0});
    int requests = 0;
    asio::co_spawn(bench.context, answer_once_each(acceptor, requests), asio::detached);
    Client client(bench.context, {});
    bench.run([&]() -> asio::awaitable<void> {
      const std::string url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/";
      const ClientRequest request = method == "GET" ? get(url) : post(url, "x");
      const auto first = co_await client.send(request);
      CHECK(first->status == 200);
      const auto second = co_await client.send(request);
      CHECK(second.has_value() == (method == "GET"));
      CHECK(requests == (method == "GET" ? 3 : 2));
    });
  }
}

TEST_CASE("answers that two readers could read differently are not taken") {
  const std::pair<std::string, bool> answers[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", true},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
       true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", true},
      {"HTTP/1.0 200 OK\r\n\r\nhi", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", false},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", false},
      {"hello\r\n\r\n", false},
      {"", false},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\nContent-Length: 0\r\n\r\n", false},
  };
  for (const auto& [bytes, taken] : answers) {
    Bench bench;
    tcp::acceptor acceptor(bench.context, {asio::ip::address_v4::loopback(), 0});
    asio::co_spawn(
        bench.context,
        [&, text = bytes]() -> asio::awaitable<void> {
          auto socket = co_await acceptor.async_accept(asio::use_awaitable);
          char request[1024];
          co_await socket.async_read_some(asio::buffer(request), awaited);
          co_await asio::async_write(socket, asio::buffer(text), awaited);
        },
        asio::detached);
    Client client(bench.context, {});
    bench.run([&]() -> asio::awaitable<void> {
      const auto answer =
          co_await client.send(get("http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/"));
      INFO(bytes.substr(0, 80));
      CHECK(answer.has_value() == taken);
      if (answer) CHECK(answer->body == "hi");
    });
  }
}

TEST_CASE("with the rules on, loopback is not called, by address or by name") {
  Bench bench;
  Client guarded(bench.context, {.addresses = {.check = true}});
  Client development(bench.context, {.addresses = {.check = true, .loopback_allowed = true}});
  bench.run([&]() -> asio::awaitable<void> {
    const auto by_address_answer = co_await guarded.send(get(bench.url("/")));
    CHECK(by_address_answer.error().code == Errc::address_refused);
    const std::string by_name = "http://localhost:" + std::to_string(bench.server.port()) + "/";
    const auto by_name_answer = co_await guarded.send(get(by_name));
    CHECK(by_name_answer.error().code == Errc::address_refused);
    CHECK(bench.server.connections() == 0);
    const auto allowed = co_await development.send(get(bench.url("/")));
    CHECK(allowed->status == 200);
  });
}

TEST_CASE("a blocking exchange runs by itself") {
  CHECK(send_blocking({.url = "http://127.0.0.1:1/"}).error().code == Errc::peer_away);
  CHECK_THROWS_AS(send_blocking({.url = "http://127.0.0.1:1/"}, {.ca_file = "/nonexistent.pem"}), StartError);
}
