// Two workers of one group: a partition has one writer at any time, and who has lost it cannot write (P9, P19).
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq::test;

namespace {

void await_owns(System& system, const std::string& worker, std::int64_t partitions) {
  await_equal("partitions of " + worker, at_last_ms, partitions, [&] { return system.partitions_owned(worker); });
}

/// Payments go on being charged while the test looks on.
void await_more_charges(System& system) {
  const auto before = system.charges_in_all();
  await("50 more charges after " + std::to_string(before), at_last_ms,
        [&] { return system.charges_in_all() >= before + 50; });
}

}  // namespace

TEST_CASE("Workers that stop, die or freeze hand their partitions over, and each payment stays one (P9, P19, P20)") {
  System system;
  auto load = system.start_load("sale", {"flash-sale", "--rate", "60", "--seconds", "50", "--kind", "barcode",
                                         "--fates", "--retry-for", "60", "--drain", "90"});
  await_more_charges(system);

  // A second one shares the work.
  system.start("settlement-2");
  await_owns(system, "settlement-1", 1);
  await_owns(system, "settlement-2", 1);
  await_more_charges(system);

  // Stopped gracefully: its lease ends at once.
  system.stop("settlement-2");
  await_owns(system, "settlement-1", 2);
  await_more_charges(system);

  // Frozen for longer than its session: another takes over, and when it wakes up it finds that it owns nothing.
  system.launch("settlement-2");
  await_owns(system, "settlement-2", 1);
  system.signal("settlement-2", SIGSTOP);
  await_owns(system, "settlement-1", 2);
  const auto epochs = system.database().number("SELECT CAST(SUM(owner_epoch) AS SIGNED) FROM partition_cursors");
  await_more_charges(system);
  system.signal("settlement-2", SIGCONT);
  await("the woken worker knows that it lost its partition", at_last_ms, [&] {
    const auto log = read_file(system.log_of("settlement-2"));
    return log.find("partition_lost") != std::string::npos || log.find(R"("lost":true)") != std::string::npos;
  });
  await_owns(system, "settlement-2", 1);  // it joins again, under a new epoch
  CHECK(system.database().number("SELECT CAST(SUM(owner_epoch) AS SIGNED) FROM partition_cursors") > epochs);

  // Killed: its partition is taken over once its session and its lease are over.
  system.kill("settlement-2");
  await_owns(system, "settlement-1", 2);

  const auto ended = system.end_of("sale", load, 180'000);
  INFO(ended.output);
  CHECK(ended.code == 0);
  system.await_settled(at_last_ms);
  CHECK(system.database().number("SELECT COUNT(*) FROM payments") == 3'000);
  system.check_books();
}

TEST_CASE(
    "Who finds another epoch in the cursor row writes nothing more; another version under its own epoch is its own "
    "(P9)") {
  System system;
  const auto pay = [&](const std::string& number) {
    const auto answer = system.merchant().create(Order{.number = number, .callback_url = system.callback_url()});
    INFO(answer.body);
    REQUIRE(answer.status == 202);
    return answer.text("payment_id");
  };
  const auto cursors = [&](const std::string& columns) {
    return system.database().text("SELECT GROUP_CONCAT(CONCAT_WS(' ', " + columns +
                                  ") ORDER BY partition_id) FROM partition_cursors");
  };
  system.await_state(pay("own-1"), "succeeded", soon_ms);
  system.await_settled(soon_ms);

  // As after a COMMIT whose answer was lost: the row has moved under the owner's own epoch. It goes on from there.
  system.database().execute("UPDATE partition_cursors SET version = version + 1");
  for (int i = 2; i < 6; ++i) system.await_state(pay("own-" + std::to_string(i)), "succeeded", soon_ms);
  system.await_settled(soon_ms);

  // As after another worker's claim, while this one still believes that it owns the partitions.
  system.database().execute("UPDATE partition_cursors SET owner_epoch = owner_epoch + 1, version = version + 1");
  const auto claimed = cursors("owner_epoch, version, next_offset");
  const auto waits = pay("waits-1");
  await("the worker knows that it has lost both", soon_ms,
        [&] { return system.partitions_owned("settlement-1") == 0; });
  CHECK(read_file(system.log_of("settlement-1")).find("partition_lost") != std::string::npos);
  CHECK(cursors("owner_epoch, version, next_offset") == claimed);
  CHECK(system.database().number("SELECT COUNT(*) FROM payments") == 5);
  CHECK(system.charges("waits-1").integer("requests") == 0);

  // A new owner applies what waited, once.
  system.stop("settlement-1");
  system.start("settlement-1");
  system.await_state(waits, "succeeded", at_last_ms);
  system.await_settled(at_last_ms);
  system.check_books();
}
