// Each named place at which a program can die: it kills itself there, is started again, and the books are checked.
#include <csignal>
#include <cstdio>

#include "common/faults/fault_points.hpp"
#include "tests/chaos/checker.hpp"
#include "tests/support/await.hpp"

using namespace acq;
using namespace acq::test;

namespace {

constexpr int killed = 128 + SIGKILL;
constexpr std::int64_t dies_ms = 60'000;
constexpr std::int64_t settles_ms = 90'000;
constexpr std::size_t gateway_points = static_cast<std::size_t>(faults::Point::batch_loaded);

class Sweep {
 public:
  Sweep() : system_({.armed = true}), shop_(system_) {}

  void die_at(std::size_t point, int passing) {
    const std::string program = point < gateway_points ? "gateway-1" : "settlement-1";
    const std::string name(faults::point_names[point]);
    INFO(program << " dies at " << name << ":" << passing);
    system_.stop(program);
    system_.arm(program, {{"ACQ_CRASH_AT", name + ":" + std::to_string(passing)}});
    system_.launch(program);
    if (name == "record_parked") {
      system_.topic().produce(0, "nonsense", R"({"v":1,"type":"nobody_knows_this"})");
      ++expected_.dead_letters;
    }
    bool died = false;
    const auto tend = [&] {
      if (died || system_.running(program)) return;
      died = true;
      CHECK(system_.exit_code(program) == killed);
      system_.start(program);
    };
    shop_.tend_with(tend);
    shop_.send_mixed();
    if (name == "lease_released") system_.signal(program, SIGTERM);
    await(program + " dies at " + name + " and is back", dies_ms, [&] {
      tend();
      return died;
    });
    shop_.tend_with({});
    ++kills_;
    const auto violations = check(system_, shop_, settles_ms, expected_);
    INFO(words_of(violations));
    REQUIRE(violations.empty());
  }

  /// Figures of the run, for whoever reads its output.
  void report() const {
    std::printf("kills made: %d, payments promised and checked: %zu\n", kills_, shop_.promises().size());
  }

 private:
  System system_;
  Shop shop_;
  Expected expected_;
  int kills_ = 0;
};

}  // namespace

TEST_CASE("Killed at any named place, a program loses and doubles nothing (P4, P5, P9, P17 to P21)", "[sweep]") {
  Sweep sweep;
  for (std::size_t point = 0; point < faults::point_names.size(); ++point)
    sweep.die_at(point, 1 + static_cast<int>(point % 3));
  sweep.report();
}

TEST_CASE("Killed around the log's report, the commit and the channel's answer, nothing is lost or doubled",
          "[short]") {
  Sweep sweep;
  for (const auto point : {faults::Point::log_reported, faults::Point::rows_written, faults::Point::after_channel_call})
    sweep.die_at(static_cast<std::size_t>(point), 2);
  sweep.report();
}
