// Positive controls of the checker: each rule, broken on purpose, must show. The same scene with the rule in force is
// green, so that what is seen is the rule and not the scene.
#include <csignal>

#include "common/faults/fault_points.hpp"
#include "tests/chaos/checker.hpp"
#include "tests/support/await.hpp"
#include "tests/support/settings.hpp"

using namespace acq;
using namespace acq::test;

namespace {

constexpr std::int64_t settles_ms = 45'000;
constexpr std::int64_t dies_ms = 30'000;

/// Starts `program` anew with the rule broken (or not), to die at `point` (or not).
void restart(System& system, const std::string& program, faults::Rule rule, bool breaks,
             const std::string& point = {}) {
  Variables variables;
  if (breaks) variables["ACQ_BREAK_RULE"] = faults::rule_names[static_cast<std::size_t>(rule)];
  if (!point.empty()) variables["ACQ_CRASH_AT"] = point;
  system.stop(program);
  system.arm(program, variables);
  system.start(program);
}

void await_death(System& system, const std::string& program) {
  await(program + " kills itself", dies_ms, [&] { return !system.running(program); });
}

/// Settlement with the rule broken dies at `point` over a few payments and is started again, whole.
std::vector<Violation> over_a_crash(faults::Rule rule, bool breaks, const std::string& point,
                                    std::int64_t amount = 1'000) {
  System system({.armed = true});
  Shop shop(system);
  shop.send(1'000, false);
  REQUIRE(check(system, shop, settles_ms).empty());
  restart(system, "settlement-1", rule, breaks, point);
  shop.send(amount, false, 3);
  await_death(system, "settlement-1");
  system.start("settlement-1");
  return check(system, shop, settles_ms);
}

/// One payment of this fate with the rule broken, nobody dies.
std::vector<Violation> at_the_channel(faults::Rule rule, bool breaks, std::int64_t amount) {
  System system({.armed = true});
  Shop shop(system);
  restart(system, "settlement-1", rule, breaks);
  shop.send(amount, true, 2);
  return check(system, shop, settles_ms);
}

/// The merchant's second try after Redis forgot everything.
std::vector<Violation> after_redis_forgot(faults::Rule rule, bool breaks) {
  System system({.armed = true});
  Shop shop(system);
  restart(system, "settlement-1", rule, breaks);
  shop.send(1'000, false);
  const auto first = shop.promises().front();
  system.await_state(first.payment_id, "succeeded", soon_ms);
  REQUIRE(system.redis({"flushall"}) == "OK\n");
  const auto again = system.merchant().create({.number = first.number, .callback_url = system.callback_url()});
  REQUIRE(again.status == 202);
  return check(system, shop, settles_ms);
}

/// 202s whose records never reach the log: the gateway dies while the broker stands still.
std::vector<Violation> broker_paused(faults::Rule rule, bool breaks) {
  System system({.armed = true});
  Shop shop(system);
  restart(system, "gateway-1", rule, breaks);
  const auto broker = static_cast<pid_t>(std::stol(read_file(settings().local + "/run/kafka.pid")));
  ::kill(broker, SIGSTOP);
  // The first few are in the broker's socket already; what follows waits in the producer and dies with it. With the
  // rule in force the first one is told that its outcome is unknown.
  for (int i = 0; i < 30; ++i) {
    const auto number = "paused-" + std::to_string(i);
    const auto answer = system.merchant().create({.number = number, .callback_url = system.callback_url()});
    if (answer.status != 202) break;
    shop.promise({number, 1'000, answer.text("payment_id")});
  }
  system.kill("gateway-1");
  ::kill(broker, SIGCONT);
  system.start("gateway-1");
  return check(system, shop, settles_ms);
}

/// A worker is frozen with work in its hands for longer than its session and its lease, another one takes over, and the
/// first wakes up.
std::vector<Violation> frozen(faults::Rule rule, bool breaks) {
  System system({.armed = true});
  Shop shop(system);
  restart(system, "settlement-1", rule, breaks);
  // Its channel calls take long, and queue behind each other.
  system.channel_faults(R"({"delay_ms":2500})");
  shop.send(1'000, false, 300);
  system.signal("settlement-1", SIGSTOP);
  system.channel_faults(R"({"delay_ms":0})");
  shop.send(1'000, false, 20);
  system.launch("settlement-2");
  await_equal("partitions of the other worker", at_last_ms, std::int64_t{2},
              [&] { return system.partitions_owned("settlement-2"); });
  await("the other worker charges", at_last_ms, [&] { return system.charges_in_all() >= 320; });
  system.signal("settlement-1", SIGCONT);
  return check(system, shop, settles_ms);
}

template <class Scene>
void shows(const std::string& kind, Scene scene) {
  const auto green = scene(false);
  INFO("with the rule in force: " << words_of(green));
  CHECK(green.empty());
  const auto red = scene(true);
  INFO("with the rule broken: " << words_of(red));
  CHECK(has(red, kind));
}

}  // namespace

TEST_CASE("Control: the cursor moved before what it counts loses payments (P9)", "[controls]") {
  shows("lost", [](bool breaks) { return over_a_crash(faults::Rule::cursor_with_its_rows, breaks, "keys_written:1"); });
}

TEST_CASE("Control: statements that commit by themselves lose payments (P9)", "[controls]") {
  shows("lost", [](bool breaks) { return over_a_crash(faults::Rule::one_transaction, breaks, "keys_written:1"); });
}

TEST_CASE("Control: a writer without its fence writes over its successor (P9)", "[controls]") {
  const auto green = frozen(faults::Rule::fence, false);
  INFO(words_of(green));
  CHECK(green.empty());
  const auto red = frozen(faults::Rule::fence, true);
  CHECK_FALSE(red.empty());
}

TEST_CASE("Control: a 202 before the log's report is a promise that gets lost (P4, P5)", "[controls]") {
  shows("lost", [](bool breaks) { return broker_paused(faults::Rule::answer_after_report, breaks); });
}

TEST_CASE("Control: a timeout taken as declined leaves money that nobody knows of (P21)", "[controls][short]") {
  shows("books_differ", [](bool breaks) { return at_the_channel(faults::Rule::unanswered_is_unknown, breaks, 1'054); });
}

TEST_CASE("Control: an open row written after the transaction leaves a payment forgotten (P17)", "[controls]") {
  const auto scene = [](bool breaks) {
    return over_a_crash(faults::Rule::open_row_in_transaction, breaks, "open_row_owed:1", 1'057);
  };
  shows("forgotten", scene);
}

TEST_CASE("Control: a charge repeated under another id, without asking, is charged twice (P18)", "[controls]") {
  shows("charged_twice", [](bool breaks) { return at_the_channel(faults::Rule::ask_before_repeat, breaks, 1'054); });
}

TEST_CASE("Control: uniqueness left to Redis charges twice once it forgets (P3, P11)", "[controls]") {
  shows("charged_twice", [](bool breaks) { return after_redis_forgot(faults::Rule::keys_decide, breaks); });
}

TEST_CASE("Control: 'never heard of it' taken as an end while the request is in flight (P21)", "[controls]") {
  shows("books_differ", [](bool breaks) { return at_the_channel(faults::Rule::unheard_is_no_answer, breaks, 1'063); });
}

TEST_CASE("Control: jobs sent without the lease reach the channel beside their new owner's (P19)", "[controls]") {
  shows("sent_twice", [](bool breaks) { return frozen(faults::Rule::lease, breaks); });
}
