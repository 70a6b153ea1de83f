// CPU per accepted payment, per refusal and per stock "hello", by turns, in one run on one system.
#include "tests/bench/accept/accept.hpp"

#include <fmt/format.h>

#include <boost/version.hpp>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "common/kafka/handles.hpp"
#include "tests/bench/accept/sides.hpp"
#include "tests/bench/machine.hpp"
#include "tests/support/settings.hpp"

namespace acq::bench {
namespace {

constexpr double hello_goal = 1.0;
constexpr double refusal_goal = 0.07;
constexpr std::size_t warm_up_requests = 2'000;
constexpr double rest_seconds = 5;

/// What is printed is kept too, beside the instance's other files.
class Rows {
 public:
  Rows() : path_(test::settings().local + "/accept.rows"), file_(path_, std::ios::app) {}
  void add(const std::string& line) {
    std::printf("%s\n", line.c_str());
    file_ << line << std::endl;
  }
  void add(std::size_t pair, const std::string& side, const SideFigures& f) {
    add(fmt::format("{:>4}  {:<10} {:>8} {:>9.0f} {:>9.1f} {:>9.1f} {:>9.1f} {:>8.2f} {:>7.2f} {:>8.2f} {:>8.2f} {:>6}",
                    pair, side, f.requests, f.rate, f.server_us, f.settlement_us, f.client_us, f.switches, f.box_busy,
                    f.p50_ms, f.p99_ms, f.late));
  }
  void head() {
    add(fmt::format("\n{:>4}  {:<10} {:>8} {:>9} {:>9} {:>9} {:>9} {:>8} {:>7} {:>8} {:>8} {:>6}", "pair", "side",
                    "requests", "per s", "server us", "settle us", "client us", "sleeps", "busy", "p50 ms", "p99 ms",
                    "late"));
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::ofstream file_;
};

void say_ratio(Rows& rows, const std::string& what, const std::vector<double>& ratios, double goal) {
  const auto s = spread_of(ratios);
  rows.add(fmt::format("{}: {:.3f} [{:.3f}..{:.3f}], goal {:.2f}", what, s.median, s.least, s.most, goal));
}

/// Hello made 50 us dearer must read about 50 us dearer; a measure that misses that measures something else.
void control_burn(Rows& rows, Sides& sides, std::size_t count) {
  constexpr std::int64_t burn_us = 50;
  rows.head();
  const auto plain = sides.hello(count);
  rows.add(1, "hello", plain);
  const auto dear = sides.hello(count, burn_us);
  rows.add(1, "burning", dear);
  const double difference = dear.server_us - plain.server_us;
  CHECK(difference > 0.8 * burn_us);
  CHECK(difference < 1.3 * burn_us);
  rows.add(fmt::format("control: {} us burnt, {:.1f} us seen", burn_us, difference));
}

void open_loops(Rows& rows, Sides& sides, double resting) {
  for (const double rate : accept_options().rates) {
    const auto count = static_cast<std::size_t>(rate * accept_options().rate_seconds);
    const auto f = sides.accept(count, rate);
    rows.add(0, fmt::format("at {:.0f}/s", rate), f);
    rows.add(fmt::format("      of which {:.1f} us are the resting gateway's; by thread: {}", resting * 1e6 / f.rate,
                         sides.threads()));
  }
}

TEST_CASE("accept") {
  const auto& options = accept_options();
  // Room for the connections in the creates' share, and no more, so that the gateway can be filled; no rate.
  test::System system({.admission = fmt::format("merchant_rate_per_second = 1000000\nrefusals_per_second_max = 0\n"
                                                "in_flight_max = {}\n",
                                                3 * options.connections)});
  Sides sides(system);
  Rows rows;
  rows.add(fmt::format("accept: {} requests a side, {} pairs, {} connections, callbacks: {}", options.requests,
                       options.pairs, options.connections, options.callbacks ? "yes" : "no"));
  const auto version = system.database().rows("SELECT @@version");
  rows.add(fmt::format("on: {}; Boost {}, librdkafka {}, MariaDB {}; gateway: 2 cores, {} partitions; kept in {}",
                       machine(), BOOST_LIB_VERSION, rd_kafka_version_str(), mariadb::text(version.front().front()),
                       test::Topic::partitions, rows.path()));
  if (options.pause) {
    std::printf("gateway %d, settlement %d; Enter goes on\n", system.pid("gateway-1"), system.pid("settlement-1"));
    std::getchar();
  }
  sides.accept(warm_up_requests);
  if (options.control == "burn") return control_burn(rows, sides, options.requests);
  if (options.control == "repeat") return sides.accept_twice(options.requests);

  const double resting = sides.resting_share(rest_seconds);
  rows.add(fmt::format("the resting gateway uses {:.2f} ms of CPU a second", resting * 1000));
  rows.head();
  std::vector<double> to_hello;
  std::vector<std::vector<double>> to_whole(options.refusals.size());
  for (std::size_t pair = 1; pair <= options.pairs; ++pair) {
    const auto accepted = sides.accept(options.requests);
    rows.add(pair, "accept", accepted);
    rows.add("      by thread, us: " + sides.threads());
    const auto hello = sides.hello(options.requests);
    rows.add(pair, "hello", hello);
    to_hello.push_back(accepted.server_us / hello.server_us);
    for (std::size_t i = 0; i < options.refusals.size(); ++i) {
      const auto refused = sides.refuse(options.refusals[i], options.requests);
      rows.add(pair, options.refusals[i], refused);
      to_whole[i].push_back(refused.server_us / (accepted.server_us + accepted.settlement_us));
    }
  }
  open_loops(rows, sides, resting);
  rows.add("");
  say_ratio(rows, "accept / stock hello", to_hello, hello_goal);
  for (std::size_t i = 0; i < options.refusals.size(); ++i) {
    say_ratio(rows, options.refusals[i] + " / whole payment (gateway + settlement)", to_whole[i], refusal_goal);
  }
}

}  // namespace
}  // namespace acq::bench
