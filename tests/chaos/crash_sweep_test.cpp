// Each named place at which a program can die: it kills itself there under load, is started again as production runs
// it, and everybody is asked what became of each payment. A place that is never reached is a failure.
#include <csignal>
#include <cstdio>
#include <random>

#include "common/faults/fault_points.hpp"
#include "tests/chaos/checker.hpp"
#include "tests/support/await.hpp"

using namespace acq;
using namespace acq::test;
using faults::Point;

namespace {

constexpr int killed = 128 + SIGKILL;
constexpr std::int64_t dies_ms = 60'000;
constexpr std::int64_t settles_ms = 90'000;
constexpr int mixed_rounds = 3;

/// How often a round surely passes it: which passing kills is drawn up to that.
int passings_of(Point point) {
  switch (point) {
    case Point::attempt_begun:
    case Point::refund_written:
    case Point::before_refund_call:
    case Point::after_refund_call:
    case Point::incident_written:
    case Point::record_parked:
    case Point::batch_halved:
    case Point::lease_released:
      return 1;
    case Point::partition_claimed:
    case Point::head_loaded:
    case Point::open_rows_written:
    case Point::open_rows_committed:
      return 2;
    case Point::verdicts_written:
      return 3;
    default:
      return 8;
  }
}

/// One system that is killed over and over. A round has two halves, so that one sweep waits while another works.
class Sweep {
 public:
  explicit Sweep(unsigned seed) : seed_(seed), random_(seed), system_({.channel_notifies = true}), shop_(system_) {}

  /// Load, death, and the start of what died.
  void die_at(Point point) {
    const bool gateway = static_cast<std::size_t>(point) < faults::gateway_points;
    program_ = gateway ? "gateway-1" : "settlement-1";
    const int passing = std::uniform_int_distribution<int>(1, passings_of(point))(random_);
    where_ = std::string(name_of(point)) + ":" + std::to_string(passing);
    INFO(program_ << " dies at " << where_ << ", seed " << seed_);
    begin(point);

    bool died = false;
    const auto tend = [&] {
      if (died || system_.running(program_)) return;
      died = true;
      CHECK(system_.exit_code(program_) == killed);
      system_.launch(program_);  // as production runs it
    };
    shop_.tend_with(tend);
    for (int i = 0; i < mixed_rounds; ++i) shop_.send_mixed();
    provoke(point);
    shop_.send_late_success();
    if (point == Point::lease_released) system_.signal(program_, SIGTERM);
    await(program_ + " dies at " + where_, dies_ms, [&] {
      tend();
      return died;
    });
    shop_.tend_with({});
    ++kills_;
  }

  /// What became of everything that was ever promised.
  void recover() {
    INFO(program_ << " died at " << where_ << ", seed " << seed_);
    system_.await_ready(program_);
    const auto violations = check(system_, shop_, settles_ms, expected_);
    std::printf("%-22s killed %s, %zu payments checked\n", where_.c_str(), program_.c_str(), shop_.promises().size());
    std::fflush(stdout);
    INFO(words_of(violations));
    REQUIRE(violations.empty());
  }

  int kills() const noexcept { return kills_; }
  std::size_t payments() const noexcept { return shop_.promises().size(); }

 private:
  void begin(Point point) {
    const bool of_a_takeover = point == Point::partition_claimed || point == Point::head_loaded;
    if (of_a_takeover) {  // the death before it leaves work behind
      shop_.send_mixed();
      system_.kill(program_);
      ++kills_;
    } else {
      system_.stop(program_);
    }
    system_.arm(program_, {{"ACQ_CRASH_AT", where_}});
    system_.launch(program_);
    if (!of_a_takeover) system_.await_ready(program_);
  }

  /// What only some points are passed for.
  void provoke(Point point) {
    if (point == Point::record_parked) {
      system_.topic().produce(0, "nonsense", R"({"v":1,"type":"nobody_knows_this"})");
      ++expected_.dead_letters;
    } else if (point == Point::incident_written) {
      shop_.send(1'059, true);  // told of three times, once with another order
      ++expected_.incidents;
    } else if (point == Point::batch_halved) {
      // A rule of the database that one payment breaks: it is parked alone.
      const auto number = shop_.next_number();
      system_.database().execute("ALTER TABLE payments ADD CONSTRAINT chaos CHECK (merchant_order_id <> '" + number +
                                 "')");
      const auto answer = system_.merchant().create(Order{.number = number});
      INFO(answer.body);
      REQUIRE(answer.status == 202);
      ++expected_.dead_letters;
    }
  }

  const unsigned seed_;
  std::mt19937 random_;
  System system_;
  Shop shop_;
  Expected expected_;
  std::string program_;
  std::string where_;
  int kills_ = 0;
};

/// The points in turn, on two systems by turns: recovery is mostly waiting, for sessions and leases to end.
void sweep(const std::vector<Point>& points) {
  const auto began_ms = runtime::steady_ms();
  const unsigned seed = Catch::rngSeed();
  Sweep sweeps[]{Sweep(seed), Sweep(seed + 1)};
  for (std::size_t i = 0; i < points.size(); ++i) {
    sweeps[i % 2].die_at(points[i]);
    if (i > 0) sweeps[(i - 1) % 2].recover();
  }
  sweeps[(points.size() - 1) % 2].recover();
  std::printf("kills made: %d, payments promised and checked: %zu, seed %u, %.0f s\n",
              sweeps[0].kills() + sweeps[1].kills(), sweeps[0].payments() + sweeps[1].payments(), seed,
              static_cast<double>(runtime::steady_ms() - began_ms) / 1e3);
}

}  // namespace

TEST_CASE("Killed at any named place, a program loses and doubles nothing (P4, P5, P9, P17 to P21)", "[sweep]") {
  std::vector<Point> all;
  for (std::size_t i = 0; i < faults::point_names.size(); ++i) all.push_back(static_cast<Point>(i));
  sweep(all);
}

TEST_CASE("Killed around the log's report, the commit, the channel's answer and the callback, nothing is lost",
          "[short]") {
  sweep({Point::log_reported, Point::rows_written, Point::after_channel_call, Point::after_callback});
}
