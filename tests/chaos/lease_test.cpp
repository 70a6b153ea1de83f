// Two owners, one of them frozen. The cursor fences the database, not the channel (P19), so the new one asks nothing of
// it about what the old one may be asking until the old lease and one request's time are over; and locks that the
// frozen one holds are not waited for without end (P9).
#include <csignal>

#include "common/faults/fault_points.hpp"
#include "common/limits.hpp"
#include "tests/chaos/checker.hpp"
#include "tests/support/await.hpp"

using namespace acq;
using namespace acq::test;

TEST_CASE("A close of what a frozen owner may be charging waits for that owner's lease and one request (P19)",
          "[sweep]") {
  System system;
  Shop shop(system);
  system.stop("settlement-1");
  // Committed as "may have been sent": in the next instruction it is.
  system.arm("settlement-1", {{"ACQ_PAUSE_AT", std::string(name_of(faults::Point::effects_owed)) + ":1"}});
  system.start("settlement-1");
  shop.send(1'000, false);
  const auto made = shop.promises().front();
  await("it may have been sent", soon_ms, [&] {
    return system.database().number("SELECT COUNT(*) FROM payments WHERE state = 'processing' AND sent_at_ms > 0") == 1;
  });
  const auto lease_until =
      system.database().number("SELECT lease_until_ms FROM partition_cursors c JOIN payments p USING (partition_id)");
  shop.close(made.number);
  system.launch("settlement-2");
  system.await_state(made.payment_id, "closed", at_last_ms);
  const auto closed_at = system.database().number("SELECT updated_at_ms FROM payments");
  INFO("closed " << closed_at - lease_until << " ms after the frozen owner's lease");
  CHECK(closed_at >= lease_until + limits::channel_timeout_ms);

  system.signal("settlement-1", SIGCONT);
  const auto violations = check(system, shop, at_last_ms);
  INFO(words_of(violations));
  CHECK(violations.empty());
  CHECK(system.charges(made.number).integer("requests") == 0);
}

TEST_CASE("A worker frozen inside its transaction is not in its successor's way, and writes nothing when it wakes (P9)",
          "[sweep]") {
  System system;
  Shop shop(system);
  system.stop("settlement-1");
  // The cursor row is moved and locked, nothing is committed.
  system.arm("settlement-1", {{"ACQ_PAUSE_AT", std::string(name_of(faults::Point::keys_written)) + ":1"}});
  system.start("settlement-1");
  shop.send(1'000, false, 4);
  system.launch("settlement-2");
  await_equal("partitions of the other worker", at_last_ms, std::int64_t{2},
              [&] { return system.partitions_owned("settlement-2"); });
  await_equal("what the other worker charged", at_last_ms, std::int64_t{4}, [&] { return system.charges_in_all(); });
  system.signal("settlement-1", SIGCONT);
  const auto violations = check(system, shop, at_last_ms);
  INFO(words_of(violations));
  CHECK(violations.empty());
}
