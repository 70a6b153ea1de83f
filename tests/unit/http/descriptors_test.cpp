// A process that runs out of file descriptors: the listener waits instead of spinning, and goes on when some are free.
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <ctime>
#include <vector>

#include "common/http/server.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/descriptors.hpp"

using namespace acq;
using namespace acq::http;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

asio::awaitable<Response> answer(const Request&) {
  co_return Response{.body = "{}"};
}
Response error_answer(Errc code, std::string_view) {
  return {.status = http_status(code)};
}

std::int64_t thread_cpu_us() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000 + time.tv_nsec / 1'000;
}

/// The part of the passing time that `work` spends on the processor.
template <class Work>
double busy_part(Work work) {
  const auto began_ms = runtime::steady_ms();
  const auto began_us = thread_cpu_us();
  work();
  return static_cast<double>(thread_cpu_us() - began_us) / 1'000.0 /
         static_cast<double>(std::max<std::int64_t>(1, runtime::steady_ms() - began_ms));
}

/// The lowest descriptor that is free: with the limit there, none can be had.
rlim_t lowest_free_descriptor() {
  const int descriptor = ::dup(0);
  REQUIRE(descriptor >= 0);
  ::close(descriptor);
  return static_cast<rlim_t>(descriptor);
}

class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit now{limit, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("without descriptors the listener does not spin, and it goes on when some are free") {
  constexpr std::size_t crowd = 30;
  asio::io_context elsewhere{1};
  std::vector<tcp::socket> clients;
  for (std::size_t i = 0; i < crowd; ++i) clients.emplace_back(elsewhere, tcp::v4());
  asio::io_context context{1};
  Server server(context, {}, answer, error_answer);
  context.run_for(std::chrono::milliseconds(20));
  {
    const DescriptorLimit limit(lowest_free_descriptor() + 4);
    for (auto& client : clients) client.connect({asio::ip::address_v4::loopback(), server.port()});
    context.run_for(std::chrono::milliseconds(100));
    CHECK(server.connections() < crowd);
    const double busy = busy_part([&] { context.run_for(std::chrono::seconds(1)); });
    INFO(busy << " of the time");
    CHECK(busy < 0.2);
    CHECK(server.connections() < crowd);
    // The first ones go, and the next ones come in their place, all under the same limit.
    for (std::size_t i = 0; i < crowd; i += 2) {
      asio::write(clients[i], asio::buffer(std::string_view("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")));
      asio::write(clients[i + 1],
                  asio::buffer(std::string_view("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")));
    }
    std::size_t answered = 0;
    for (const auto until = runtime::steady_ms() + 20'000; answered < crowd && runtime::steady_ms() < until;) {
      context.run_for(std::chrono::milliseconds(20));
      for (auto& client : clients) {
        if (!client.is_open() || client.available() == 0) continue;
        char bytes[15];
        asio::read(client, asio::buffer(bytes));
        CHECK(std::string_view(bytes, sizeof bytes) == "HTTP/1.1 200 OK");
        client.close();
        ++answered;
      }
    }
    CHECK(answered == crowd);
  }
}

TEST_CASE("a loop that spins would be seen") {
  CHECK(busy_part([] {
          for (const auto until = runtime::steady_ms() + 100; runtime::steady_ms() < until;) {
          }
        }) > 0.2);
}

TEST_CASE("connections leave the rest of the process its descriptors") {
  using runtime::connections_per_core;
  CHECK(connections_per_core(20'000, 2, 8'000) == 8'000);
  CHECK(connections_per_core(4'096, 2, 8'000) == 1'920);
  CHECK(connections_per_core(64, 2, 8'000) == 8);
  CHECK(connections_per_core(64, 64, 8'000) == 4);
  CHECK(connections_per_core(0, 0, 8'000) == 4);
  CHECK(runtime::raise_descriptor_limit() > 16);
}
