// How a connection ends or waits: dripping, silence, and the drain, over loopback.
#include <vector>

#include "tests/unit/http/loopback.hpp"

using namespace acq;
using namespace acq::http;

TEST_CASE("a client that drips is cut at its deadline, however steadily it drips") {
  Bench bench({.header_timeout_ms = 300, .body_timeout_ms = 300, .idle_timeout_ms = 5'000});
  bench.run([&]() -> asio::awaitable<void> {
    const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nX-A: ";
    const std::string body = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n";
    for (const std::string& begun : {head, body}) {
      tcp::socket socket = co_await bench.connect();
      co_await asio::async_write(socket, asio::buffer(begun), asio::use_awaitable);
      int drops = 0;
      while (socket.available() == 0 && drops < 400) {
        co_await asio::async_write(socket, asio::buffer("x", 1), awaited);
        ++drops;
        co_await pause_for(10ms);
      }
      CHECK(drops > 5);
      CHECK(drops < 200);  // 300 ms, and what the sweep adds; each drop would have renewed a deadline per read
      std::string answer;
      co_await asio::async_read(socket, asio::dynamic_buffer(answer), awaited);
      CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 408 ") && Catch::Contains("Connection: close"));
    }
  });
}

TEST_CASE("a silent connection that was parked answers the next request, and is closed at its own time") {
  Bench bench({.idle_timeout_ms = 1'500, .park_after_ms = 50});
  bench.run([&]() -> asio::awaitable<void> {
    tcp::socket socket = co_await bench.connect();
    const std::string request = "GET /again HTTP/1.1\r\nHost: x\r\n\r\n";
    for (int i = 0; i < 2; ++i) {
      co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
      std::string answer;
      co_await asio::async_read_until(socket, asio::dynamic_buffer(answer), "GET /again ", asio::use_awaitable);
      co_await pause_for(600ms);
      CHECK(bench.server.connections() == 1);
    }
    char byte = 0;
    const auto [error, count] = co_await socket.async_read_some(asio::buffer(&byte, 1), awaited);
    CHECK(error == asio::error::eof);
  });
}

TEST_CASE("draining closes idle connections, finishes busy ones and lets the context run out") {
  Bench bench;
  bool idle_closed = false;
  std::string busy;
  asio::co_spawn(
      bench.context,
      [&]() -> asio::awaitable<void> {
        tcp::socket idle = co_await bench.connect();
        asio::co_spawn(
            bench.context,
            [&]() -> asio::awaitable<void> { busy = co_await bench.talk("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"); },
            asio::detached);
        co_await pause_for(20ms);
        CHECK(bench.server.in_flight() == 1);
        CHECK(bench.server.connections() == 2);
        bench.server.drain();
        char byte = 0;
        const auto [error, count] = co_await idle.async_read_some(asio::buffer(&byte, 1), awaited);
        idle_closed = error == asio::error::eof;
        tcp::socket late(bench.context);
        const auto [refused] =
            co_await late.async_connect({asio::ip::address_v4::loopback(), bench.server.port()}, awaited);
        CHECK(refused == asio::error::connection_refused);
      },
      asio::detached);
  bench.context.run_for(5s);
  CHECK(bench.context.stopped());  // ran out of work, not of time
  CHECK(idle_closed);
  CHECK_THAT(busy, Catch::Contains("Connection: close") && Catch::EndsWith("GET /slow "));
  CHECK(bench.server.connections() == 0);
}

TEST_CASE("an announced drain says close on every answer and still takes who comes") {
  Bench bench;
  bench.run([&]() -> asio::awaitable<void> {
    bench.server.announce_drain();
    for (int i = 0; i < 2; ++i) {
      const auto answer = co_await bench.talk("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
      CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 200 ") && Catch::Contains("Connection: close"));
    }
  });
}

TEST_CASE("who has connected before the drain is answered, and nobody is reset") {
  Bench bench;
  asio::io_context elsewhere{1};
  std::vector<tcp::socket> clients;
  for (int i = 0; i < 40; ++i) {  // the server does not run yet: they wait in its listener's queue
    clients.emplace_back(elsewhere);
    clients.back().connect({asio::ip::address_v4::loopback(), bench.server.port()});
  }
  for (std::size_t i = 0; i < clients.size(); i += 2) {
    asio::write(clients[i], asio::buffer(std::string_view("GET /early HTTP/1.1\r\nHost: x\r\n\r\n")));
  }
  bench.server.drain();
  bench.context.run_for(50ms);
  for (std::size_t i = 1; i < clients.size(); i += 2) {  // on its way when the drain began
    asio::write(clients[i], asio::buffer(std::string_view("GET /late HTTP/1.1\r\nHost: x\r\n\r\n")));
  }
  bench.context.run_for(5s);
  CHECK(bench.context.stopped());
  CHECK(bench.server.connections() == 0);
  for (std::size_t i = 0; i < clients.size(); ++i) {
    std::string answer;
    boost::system::error_code error;
    asio::read(clients[i], asio::dynamic_buffer(answer), error);
    INFO(i);
    CHECK(error == asio::error::eof);
    CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 200 ") && Catch::Contains("Connection: close"));
  }
}
