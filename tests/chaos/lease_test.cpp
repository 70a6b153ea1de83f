// The channel between two owners (P19): the cursor fences the database, not the channel, so a new owner asks nothing of
// it about what the old one may be asking, until the old lease and one request's time are over.
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
