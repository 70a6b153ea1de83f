// acq-bench-hello: what the accept path is measured against. Beast's own coroutine server example with keep-alive and
// one io_context per core; the only thing added is --burn-us, by which the benchmark shows that it measures.
#include <sys/socket.h>
#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Stream =
    beast::tcp_stream::rebind_executor<asio::use_awaitable_t<>::executor_with_default<asio::any_io_executor>>::other;

std::int64_t thread_cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

void burn(std::int64_t us) {
  const auto until_ns = thread_cpu_ns() + us * 1000;
  while (us > 0 && thread_cpu_ns() < until_ns) continue;
}

asio::awaitable<void> serve(Stream stream, std::int64_t burn_us) {
  beast::flat_buffer buffer;
  try {
    for (;;) {
      stream.expires_after(std::chrono::seconds(30));
      http::request<http::string_body> request;
      co_await http::async_read(stream, buffer, request);
      burn(burn_us);
      http::response<http::string_body> response{http::status::ok, request.version()};
      response.set(http::field::server, BOOST_BEAST_VERSION_STRING);
      response.set(http::field::content_type, "text/html");
      response.keep_alive(request.keep_alive());
      response.body() = "Hello, world";
      response.prepare_payload();
      co_await http::async_write(stream, response);
      if (response.need_eof()) break;
    }
  } catch (const boost::system::system_error&) {
    // the client is gone
  }
  boost::system::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> listen(std::uint16_t port, std::int64_t burn_us) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::acceptor acceptor(executor);
  acceptor.open(tcp::v4());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>(true));
  acceptor.bind({asio::ip::address_v4::loopback(), port});
  acceptor.listen();
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(executor, serve(Stream(std::move(socket)), burn_us), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  std::size_t cores = 2;
  std::int64_t burn_us = 0;
  CLI::App app("Stock Boost.Beast that says hello, on loopback", "acq-bench-hello");
  app.add_option("--port", port)->required();
  app.add_option("--cores", cores, "threads, each with a listener of its own")->check(CLI::Range(1, 64));
  app.add_option("--burn-us", burn_us, "CPU to waste on each request: the benchmark's positive control");
  CLI11_PARSE(app, argc, argv);
  try {
    std::vector<std::unique_ptr<asio::io_context>> contexts;
    for (std::size_t i = 0; i < cores; ++i) {
      contexts.push_back(std::make_unique<asio::io_context>(1));
      asio::co_spawn(*contexts.back(), listen(port, burn_us), [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
      });
    }
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < cores; ++i) threads.emplace_back([&context = *contexts[i]] { context.run(); });
    contexts.front()->run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "acq-bench-hello: %s\n", error.what());
    std::_Exit(3);
  }
}
