// Resident memory of the gateway per connection that rests between two requests.
#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "loadtest/bench/load_client.hpp"
#include "tests/bench/accept/accept.hpp"
#include "tests/bench/machine.hpp"
#include "tests/support/system.hpp"

namespace acq::bench {
namespace {

constexpr double goal_bytes = 1536;
constexpr double use_seconds = 4;
/// Longer than a connection waits before it gives back what it only needs while it works.
constexpr int rest_ms = 3'000;

double resident_bytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  double size = 0;
  double resident = 0;
  REQUIRE(file >> size >> resident);
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

TEST_CASE("idle") {
  const auto& options = idle_options();
  test::System system;
  const auto pid = system.pid("gateway-1");
  const std::vector<std::string> one_each(
      options.connections, "GET /v1/payments?merchant_order_id=none HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  {
    LoadClient warm_up(system.port_of("gateway-1"), 64);
    warm_up.run({one_each.data(), 64});
  }
  const double before = resident_bytes(pid);
  LoadClient client(system.port_of("gateway-1"), options.connections);
  if (options.use_each) {
    // A few at a time: what ten thousand requests at once need is another question.
    const auto load = client.run(one_each, static_cast<double>(options.connections) / use_seconds);
    REQUIRE(load.with(401) == options.connections);
  }
  ::poll(nullptr, 0, rest_ms);
  const double each = (resident_bytes(pid) - before) / static_cast<double>(options.connections);
  REQUIRE(client.still_open() == options.connections);
  std::printf("idle: %zu connections%s on %s\n", options.connections, options.use_each ? ", each used once" : "",
              machine().c_str());
  std::printf("resident before %.1f MiB; per connection %.0f bytes, goal %.0f\n", before / (1 << 20), each, goal_bytes);
}

}  // namespace
}  // namespace acq::bench
