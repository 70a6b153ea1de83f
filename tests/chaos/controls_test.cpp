// Positive controls of the checker: each rule, broken on purpose, must show. The same scene with the rule in force is
// green, so that what is seen is the rule and not the scene.
#include <csignal>

#include "common/faults/fault_points.hpp"
#include "tests/chaos/checker.hpp"
#include "tests/support/await.hpp"

using namespace acq;
using namespace acq::test;
using faults::Point;
using faults::Rule;

namespace {

constexpr std::int64_t settles_ms = 45'000;
constexpr std::int64_t dies_ms = 30'000;
/// A broken system may never come to rest; what is wrong is there to be seen by then.
constexpr std::int64_t broken_settles_ms = 15'000;

/// One scene, played on a system of its own with the rule in force or broken.
class Scene {
 public:
  Scene(Rule rule, bool breaks, Setup setup = {}) : rule_(rule), breaks_(breaks), system(setup), shop(system) {}

  /// Starts `program` anew with the rule broken (or not), and with more to happen to it.
  void restart(const std::string& program, Variables variables = {}) {
    if (breaks_) variables["ACQ_BREAK_RULE"] = name_of(rule_);
    system.stop(program);
    system.arm(program, std::move(variables));
    system.start(program);
  }
  std::vector<Violation> end() { return check(system, shop, breaks_ ? broken_settles_ms : settles_ms); }

 private:
  const Rule rule_;
  const bool breaks_;

 public:
  System system;
  Shop shop;
};

std::string first(Point point) {
  return std::string(name_of(point)) + ":1";
}

/// Settlement dies at `point` over three payments and is started again, whole.
std::vector<Violation> over_a_crash(Rule rule, bool breaks, Point point, std::int64_t amount = 1'000) {
  Scene scene(rule, breaks);
  scene.restart("settlement-1", {{"ACQ_CRASH_AT", first(point)}});
  scene.shop.send(amount, true, 3);
  await("settlement dies at " + first(point), dies_ms, [&] { return !scene.system.running("settlement-1"); });
  scene.system.start("settlement-1");
  return scene.end();
}

/// Payments of this fate; nobody dies.
std::vector<Violation> at_the_channel(Rule rule, bool breaks, std::int64_t amount) {
  Scene scene(rule, breaks);
  scene.restart("settlement-1");
  scene.shop.send(amount, true, 2);
  return scene.end();
}

/// The merchant's second try after Redis forgot everything.
std::vector<Violation> after_redis_forgot(Rule rule, bool breaks) {
  Scene scene(rule, breaks);
  scene.restart("settlement-1");
  scene.shop.send(1'000, false);
  const auto made = scene.shop.promises().front();
  scene.system.await_state(made.payment_id, "succeeded", soon_ms);
  REQUIRE(scene.system.redis({"flushall"}) == "OK\n");
  const auto again =
      scene.system.merchant().create({.number = made.number, .callback_url = scene.system.callback_url()});
  INFO(again.body);
  REQUIRE(again.status == 202);
  scene.shop.promise({made.number, made.amount, again.text("payment_id")});
  return scene.end();
}

/// The broker takes no record of this size: a create is refused, or promised and lost.
std::vector<Violation> log_refuses(Rule rule, bool breaks) {
  Scene scene(rule, breaks, {.log_check_every_s = 3600});
  scene.restart("gateway-1");
  scene.system.topic().change_setting("max.message.bytes", "100");
  const auto answer =
      scene.system.merchant().create({.number = "refused-1", .callback_url = scene.system.callback_url()});
  INFO(answer.status << " " << answer.body);
  CHECK(answer.status == (breaks ? 202 : 503));
  if (answer.status == 202) scene.shop.promise({"refused-1", 1'000, answer.text("payment_id")});
  scene.system.topic().change_setting("max.message.bytes", "1048576");
  return scene.end();
}

/// A worker stands still at `point` with work in its hands for longer than its session, another one takes over and does
/// that work and more, and the first wakes up.
std::vector<Violation> frozen(Rule rule, bool breaks, Point point) {
  Scene scene(rule, breaks);
  scene.restart("settlement-1", {{"ACQ_PAUSE_AT", first(point)}});
  scene.shop.send(1'000, true, 2);
  scene.system.launch("settlement-2");
  await_equal("partitions of the other worker", at_last_ms, std::int64_t{2},
              [&] { return scene.system.partitions_owned("settlement-2"); });
  scene.shop.send(1'200, true, 4);
  await_equal("what the other worker charged", at_last_ms, std::int64_t{6},
              [&] { return scene.system.charges_in_all(); });
  scene.system.signal("settlement-1", SIGCONT);
  await("the first one knows that it has lost its partitions", at_last_ms, [&] {
    return read_file(scene.system.log_of("settlement-1")).find(R"("lost":true)") != std::string::npos ||
           read_file(scene.system.log_of("settlement-1")).find("partition_lost") != std::string::npos;
  });
  return scene.end();
}

template <class Play>
void shows(const std::string& kind, Play play) {
  const auto green = play(false);
  INFO("with the rule in force: " << words_of(green));
  CHECK(green.empty());
  const auto red = play(true);
  INFO("with the rule broken: " << words_of(red));
  CHECK(has(red, kind));
}

}  // namespace

TEST_CASE("Control: the cursor moved before what it counts loses payments (P9)", "[controls]") {
  shows("lost", [](bool breaks) { return over_a_crash(Rule::cursor_with_its_rows, breaks, Point::keys_written); });
}

TEST_CASE("Control: statements that commit by themselves lose payments (P9)", "[controls]") {
  shows("lost", [](bool breaks) { return over_a_crash(Rule::one_transaction, breaks, Point::keys_written); });
}

TEST_CASE("Control: a writer without its fence writes over its successor (P9)", "[controls]") {
  shows("dead_letter", [](bool breaks) { return frozen(Rule::fence, breaks, Point::batch_loaded); });
}

TEST_CASE("Control: a 202 before the log's report is a promise that gets lost (P4, P5)", "[controls]") {
  shows("lost", [](bool breaks) { return log_refuses(Rule::answer_after_report, breaks); });
}

TEST_CASE("Control: a timeout taken as declined leaves money that nobody knows of (P21)", "[controls][short]") {
  shows("books_differ", [](bool breaks) { return at_the_channel(Rule::unanswered_is_unknown, breaks, 1'054); });
}

TEST_CASE("Control: an open row written after the transaction leaves a payment forgotten (P17)", "[controls]") {
  const auto play = [](bool breaks) {
    return over_a_crash(Rule::open_row_in_transaction, breaks, Point::open_rows_committed, 1'057);
  };
  shows("forgotten", play);
}

TEST_CASE("Control: a charge repeated under another id, without asking, is charged twice (P18)", "[controls]") {
  shows("charged_twice", [](bool breaks) { return at_the_channel(Rule::ask_before_repeat, breaks, 1'054); });
}

TEST_CASE("Control: uniqueness left to Redis charges twice once it forgets (P3, P11)", "[controls]") {
  shows("charged_twice", [](bool breaks) { return after_redis_forgot(Rule::keys_decide, breaks); });
}

TEST_CASE("Control: 'never heard of it' taken as an end while the request is in flight (P21)", "[controls]") {
  shows("books_differ", [](bool breaks) { return at_the_channel(Rule::unheard_is_no_answer, breaks, 1'063); });
}

TEST_CASE("Control: jobs sent without the lease reach the channel beside their new owner's (P19)", "[controls]") {
  shows("sent_twice", [](bool breaks) { return frozen(Rule::lease, breaks, Point::effects_owed); });
}
