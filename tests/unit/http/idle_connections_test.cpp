// What a silent connection costs: it has been used once, and holds no buffer and no coroutine any more.
#include <arpa/inet.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <vector>

#include "common/http/server.hpp"
#include "common/runtime/clock.hpp"

using namespace acq;
using namespace acq::http;
namespace asio = boost::asio;

namespace {

asio::awaitable<Response> answer(const Request&) {
  co_return Response{.body = "{}"};
}
Response error_answer(Errc code, std::string_view) {
  return {.status = http_status(code)};
}

std::size_t allocated_bytes() {
  return ::mallinfo2().uordblks;
}

/// A client that is nothing but a descriptor, so that only the server's memory is measured.
class BareClient {
 public:
  explicit BareClient(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  BareClient(BareClient&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  BareClient& operator=(BareClient&&) = delete;
  ~BareClient() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  bool send(std::string_view bytes) const {
    return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  std::size_t read_all() const {
    char bytes[4096];
    const auto count = ::recv(descriptor_, bytes, sizeof bytes, 0);
    return count < 0 ? 0 : static_cast<std::size_t>(count);
  }

 private:
  int descriptor_;
};

/// How many of these a process with the present limit can hold, both ends in it.
std::size_t affordable(std::size_t wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 2 * wanted + 100);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(wanted, (limit.rlim_cur - 100) / 2);
}

struct Crowd {
  explicit Crowd(std::uint32_t park_after_ms, std::size_t wanted)
      : server(context, {.park_after_ms = park_after_ms}, answer, error_answer), size(affordable(wanted)) {
    clients.reserve(size);
  }

  asio::io_context context{1};
  Server server;
  std::size_t size;
  std::vector<BareClient> clients;

  template <class Condition>
  bool run_until(Condition condition) {
    for (const auto end = runtime::steady_ms() + 10'000; runtime::steady_ms() < end;) {
      if (condition()) return true;
      context.run_for(std::chrono::milliseconds(5));
    }
    return false;
  }
  void connect_all() {
    for (std::size_t i = 0; i < size; ++i) {
      clients.emplace_back(server.port());
      if (i % 64 == 0) context.poll();
    }
    REQUIRE(run_until([&] { return server.connections() == size; }));
  }
  void ask_once_each() {
    for (const auto& client : clients) {
      REQUIRE(client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
      REQUIRE(run_until([&] { return client.read_all() > 0; }));
    }
  }
  std::size_t bytes_each(std::size_t before) const { return (allocated_bytes() - before) / size; }
};

}  // namespace

TEST_CASE("a connection that was used and is silent holds less than 1.5 KB") {
  constexpr std::size_t bytes_max = 1'536;
  Crowd crowd(300, 2'000);
  const auto before = allocated_bytes();
  crowd.connect_all();
  INFO(crowd.bytes_each(before) << " bytes each, unused");
  CHECK(crowd.bytes_each(before) < bytes_max);
  crowd.ask_once_each();
  CHECK(crowd.run_until([&] { return crowd.bytes_each(before) < bytes_max; }));
  INFO(crowd.bytes_each(before) << " bytes each, used once");
  CHECK(crowd.bytes_each(before) < bytes_max);
  CHECK(crowd.server.connections() == crowd.size);
  crowd.ask_once_each();  // parked, not forgotten
}

TEST_CASE("without parking the same crowd costs more: the measure sees it") {
  Crowd crowd(20'000, 500);
  const auto before = allocated_bytes();
  crowd.connect_all();
  crowd.ask_once_each();
  CHECK(crowd.bytes_each(before) > 2'048);
}
