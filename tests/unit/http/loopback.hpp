// A server that echoes, over loopback, for the tests of this folder: one io_context, port 0.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>

#include "common/http/server.hpp"

namespace acq::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

inline constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

inline asio::awaitable<void> pause_for(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

/// Echoes what it was asked; "/slow" takes 50 ms, "/throw" throws, "/status/N" answers N with a Location.
inline asio::awaitable<Response> echo(const Request& request) {
  if (request.path == "/throw") throw std::runtime_error("on purpose");
  if (request.path == "/slow") co_await pause_for(50ms);
  Response response;
  if (request.path == "/redirect") {
    response.status = 302;
    response.headers.emplace_back("Location", "http://127.0.0.1:1/");
  }
  if (request.path == "/close") response.close = true;
  if (request.path == "/large")
    response.body = std::string(100'000, 'x');
  else
    response.body = std::string(request.method) + ' ' + std::string(request.target) + ' ' + std::string(request.body);
  co_return response;
}

inline Response error_answer(Errc code, std::string_view request_id) {
  return {.status = http_status(code), .body = std::string(name_of(code)) + ' ' + std::string(request_id)};
}

/// A server on one io_context, run until the test's coroutine ends.
struct Bench {
  explicit Bench(ServerOptions options = {}) : server(context, std::move(options), echo, error_answer) {}

  asio::io_context context{1};
  Server server;

  void run(std::function<asio::awaitable<void>()> test) {
    std::exception_ptr failure;
    asio::co_spawn(context, std::move(test), [&](std::exception_ptr thrown) {
      failure = std::move(thrown);
      context.stop();
    });
    context.run_for(10s);
    if (failure) std::rethrow_exception(failure);
  }
  std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(server.port()) + target;
  }
  asio::awaitable<tcp::socket> connect() {
    tcp::socket socket(context);
    co_await socket.async_connect({asio::ip::address_v4::loopback(), server.port()}, asio::use_awaitable);
    co_return socket;
  }
  /// Sends `bytes` and reads until the server closes or `expected` bytes came.
  asio::awaitable<std::string> talk(std::string bytes) {
    tcp::socket socket = co_await connect();
    co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
    std::string answer;
    co_await asio::async_read(socket, asio::dynamic_buffer(answer), awaited);
    co_return answer;
  }
};

}  // namespace acq::http
