// More due items than the heads of all partitions hold, as a channel outage of hours leaves them: they drain without a
// restart, each charged once, and what is new is served meanwhile (P17).
#include <cstdio>

#include "common/limits.hpp"
#include "tests/chaos/checker.hpp"
#include "tests/support/await.hpp"

using namespace acq;
using namespace acq::test;

namespace {

constexpr std::int64_t items = 160'000;
static_assert(items > static_cast<std::int64_t>(Topic::partitions * limits::head_items_max),
              "the heads must not hold them all");

/// Payments that nobody got an answer for, each with its row in open_items, due an hour ago. Time-ordered ids whose
/// route's last bit is the partition.
void leave_unknown(Database& database, const std::string& merchant) {
  const std::string id =
      "UNHEX(CONCAT(LPAD(HEX(FLOOR(UNIX_TIMESTAMP() * 1000) - 3600000 + seq), 12, '0'), '7000', "
      "'8000', LPAD(HEX(seq), 8, '0'), LPAD(HEX(seq % 65536), 4, '0')))";
  database.execute(
      "INSERT INTO payments (payment_id, partition_id, log_offset, merchant_id, merchant_order_id, attempt, amount, "
      "currency, method, state, sequence, created_at_ms, updated_at_ms, expires_at_ms, sent_at_ms, unknown_since_ms, "
      "next_query_at_ms, queries, told_sequence, tell_attempts, next_tell_at_ms, decline_code, channel_reference, "
      "code_url, sealed_code, description, callback_url, metadata) SELECT " +
          id +
          ", seq % 2, -1, ?, CONCAT('drain-', seq), 1, 1000, 'CNY', 'qr', 'unknown', 2, UNIX_TIMESTAMP() * 1000 - "
          "3600000, UNIX_TIMESTAMP() * 1000 - 3600000, UNIX_TIMESTAMP() * 1000 + 86400000, UNIX_TIMESTAMP() * 1000 - "
          "3600000, UNIX_TIMESTAMP() * 1000 - 3600000, UNIX_TIMESTAMP() * 1000 - 1000, 3, 2, 0, 0, '', '', '', '', '', "
          "'', '{}' FROM seq_1_to_" +
          std::to_string(items),
      {merchant});
  database.execute(
      "INSERT INTO open_items (payment_id, partition_id, due_at_ms) SELECT payment_id, partition_id, "
      "next_query_at_ms FROM payments WHERE state = 'unknown'");
}

}  // namespace

TEST_CASE("More due items than the heads hold drain without a restart, beside new payments (P17)", "[drain]") {
  System system;
  Shop shop(system);
  system.stop("settlement-1");
  leave_unknown(system.database(), std::string(system.merchant().id().raw()));
  system.start("settlement-1");
  const auto began_ms = runtime::steady_ms();
  shop.send(1'000, false, 5);
  system.await_state(shop.promises().front().payment_id, "succeeded", at_last_ms);
  const auto left = [&] { return system.database().number("SELECT COUNT(*) FROM open_items"); };
  await_equal("items left", 600'000, std::int64_t{0}, left);
  const auto took_ms = runtime::steady_ms() - began_ms;
  CHECK(system.database().number("SELECT COUNT(*) FROM payments WHERE state = 'succeeded'") == items + 5);
  const auto totals = ask("GET", system.url("channel-sim") + "/sim/totals");
  CHECK(totals.integer("charges") == items + 5);
  std::printf("%lld due items drained in %.1f s\n", static_cast<long long>(items), static_cast<double>(took_ms) / 1e3);
}
