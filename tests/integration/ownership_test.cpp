// A partition that the group gave a worker is never left lying (P9): taken from under it, or stopped and then resolved,
// it is taken up again without a rebalance and without a restart.
#include <catch2/catch.hpp>

#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq::test;

namespace {

void all_succeed(System& system, const std::string& prefix) {
  for (int i = 0; i < 6; ++i) system.await_state(create(system, prefix + std::to_string(i)), "succeeded", at_last_ms);
}

}  // namespace

TEST_CASE("A partition claimed from under its worker is written by it again once the claimer's lease is over (P9)") {
  System system;
  all_succeed(system, "before-");
  const auto epochs = system.database().number("SELECT CAST(SUM(owner_epoch) AS SIGNED) FROM partition_cursors");
  // Another owner, whom the group does not know: it claims both, and is gone after two seconds.
  REQUIRE(system.database().execute("UPDATE partition_cursors SET owner = 'stranger', owner_epoch = owner_epoch + 1, "
                                    "version = version + 1, lease_until_ms = UNIX_TIMESTAMP(NOW(3)) * 1000 + 2000") ==
          2);
  await_equal("partitions after the claim", at_last_ms, std::int64_t{0},
              [&] { return system.partitions_owned("settlement-1"); });
  await_equal("partitions after the stranger's lease", at_last_ms, std::int64_t{2},
              [&] { return system.partitions_owned("settlement-1"); });
  all_succeed(system, "after-");
  CHECK(system.database().number("SELECT CAST(SUM(owner_epoch) AS SIGNED) FROM partition_cursors") == epochs + 4);
  system.await_settled(at_last_ms);
  system.check_books();
}

TEST_CASE("A worker whose partitions another one holds without end is not ready (P9)") {
  System system;
  all_succeed(system, "before-");
  REQUIRE(system.database().execute("UPDATE partition_cursors SET owner = 'stranger', owner_epoch = owner_epoch + 1, "
                                    "version = version + 1, lease_until_ms = UNIX_TIMESTAMP(NOW(3)) * 1000 + 60000") ==
          2);
  await_equal("partitions that wait", at_last_ms, std::int64_t{2},
              [&] { return ask("GET", system.admin_url("settlement-1") + "/readyz").integer("partitions_waiting"); });
  await_equal("/readyz", 40'000, 503, [&] { return ask("GET", system.admin_url("settlement-1") + "/readyz").status; });
  const auto metrics = ask("GET", system.admin_url("settlement-1") + "/metrics").body;
  CHECK(metrics.find("acq_settlement_partitions_waiting 2") != std::string::npos);
}
