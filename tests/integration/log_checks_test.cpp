// The log is checked, not trusted: a partition whose log is not the one that was applied stops, with an incident that
// names the range, and the other partition goes on (P10).
#include <catch2/catch.hpp>
#include <csignal>

#include "common/domain/ids.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

void await_incident(System& system, const std::string& kind, std::int64_t from, std::int64_t to) {
  const auto seen = kind + " 0 " + std::to_string(from) + " " + std::to_string(to);
  await_equal("the incident", at_last_ms, seen, [&] {
    return system.database().text(
        "SELECT GROUP_CONCAT(CONCAT_WS(' ', kind, partition_id, from_offset, to_offset)) FROM incidents");
  });
  CHECK(system.database().number("SELECT stopped_by FROM partition_cursors WHERE partition_id = 0") ==
        system.database().number("SELECT incident_id FROM incidents"));
  CHECK(system.database().number("SELECT stopped_by FROM partition_cursors WHERE partition_id = 1") == -1);
}

}  // namespace

TEST_CASE("A partition whose log is another one stops with an incident, and the other flows (P10)") {
  System system({.log_check_every_s = 3600});  // the gateway would stop admitting, and nothing would flow
  for (const std::int32_t partition : {0, 1}) {
    for (const auto& number : numbers_for(system, partition, 3, "before-")) {
      system.await_state(create(system, number), "succeeded", soon_ms);
    }
  }
  system.await_settled(soon_ms);
  system.stop("settlement-1");

  SECTION("the last applied intent is not the one on the log") {
    REQUIRE(system.database().execute("UPDATE partition_cursors SET last_intent_id = ? WHERE partition_id = 0",
                                      {std::string(16, '\x07')}) == 1);
    system.start("settlement-1");
    await_incident(system, "intent_differs", 2, 3);
  }
  SECTION("records were deleted unread") {
    for (const auto& number : numbers_for(system, 0, 2, "unread-")) create(system, number);
    system.topic().delete_before(0, 5);
    system.start("settlement-1");
    await_incident(system, "gap", 3, 5);
  }
  SECTION("the log ends before what was applied") {
    REQUIRE(system.database().execute("UPDATE partition_cursors SET next_offset = 9 WHERE partition_id = 0") == 1);
    system.start("settlement-1");
    await_incident(system, "log_moved_back", 3, 9);
  }

  // The other partition's payments are made as ever; the stopped one's wait, and reading them says so.
  const auto flows = create(system, numbers_for(system, 1, 1, "after-").front());
  system.await_state(flows, "succeeded", soon_ms);
  const auto number = numbers_for(system, 0, 1, "waits-").front();
  const auto waits = create(system, number);
  const auto answer = system.merchant().payment(waits);
  INFO(answer.body);
  CHECK(answer.status == 503);
  CHECK(answer.text("code") == "not_yet_known");
  CHECK(system.charges(number).integer("requests") == 0);

  // A restart finds it stopped: no second incident, no reading on.
  system.stop("settlement-1");
  system.start("settlement-1");
  const auto still = create(system, numbers_for(system, 1, 2, "after-").back());
  system.await_state(still, "succeeded", soon_ms);
  CHECK(system.database().number("SELECT COUNT(*) FROM incidents") == 1);
  CHECK(system.charges(number).integer("requests") == 0);
}

TEST_CASE("Records deleted under a running worker are a gap, not silence (P10)") {
  System system({.log_check_every_s = 3600});
  system.await_state(create(system, numbers_for(system, 0, 1, "before-").front()), "succeeded", soon_ms);
  system.await_settled(soon_ms);
  // It holds no record and waits for the next; what comes next is deleted before it sees it.
  system.signal("settlement-1", SIGSTOP);
  for (const auto& number : numbers_for(system, 0, 3, "unread-")) create(system, number);
  system.topic().delete_before(0, 3);
  system.signal("settlement-1", SIGCONT);
  await("an incident", at_last_ms, [&] { return system.database().number("SELECT COUNT(*) FROM incidents") > 0; });
  CHECK(system.database().text("SELECT kind FROM incidents") == "gap");
  // The fetch that was under way when it froze may still have brought the first of the three.
  const auto gap_from = system.database().number("SELECT from_offset FROM incidents");
  CHECK(gap_from == system.database().number("SELECT next_offset FROM partition_cursors WHERE partition_id = 0"));
  CHECK(gap_from >= 1);
  CHECK(gap_from < 3);
  const auto flows = create(system, numbers_for(system, 1, 1, "after-").front());
  system.await_state(flows, "succeeded", soon_ms);
}
