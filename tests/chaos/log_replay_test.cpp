// The log is the truth of what was asked: read again from its beginning into the same database it changes nothing, and
// into an empty one it ends in the same payments, without one new charge (P11, P20).
#include <algorithm>
#include <cstdio>

#include "common/limits.hpp"
#include "tests/chaos/checker.hpp"
#include "tests/support/await.hpp"

using namespace acq;
using namespace acq::test;

namespace {

constexpr std::int64_t settles_ms = 120'000;

/// Whole tables, in the order of their keys; a binary column as hex.
const std::vector<std::string> everything{
    "SELECT CONCAT_WS(' ', HEX(payment_id), partition_id, log_offset, HEX(merchant_id), merchant_order_id, attempt, "
    "amount, currency, method, state, sequence, created_at_ms, updated_at_ms, expires_at_ms, sent_at_ms, "
    "unknown_since_ms, next_query_at_ms, queries, told_sequence, tell_attempts, decline_code, channel_reference, "
    "code_url, HEX(sealed_code), description, callback_url, metadata, close_state, close_code) FROM payments ORDER BY "
    "payment_id",
    "SELECT CONCAT_WS(' ', period, HEX(key_hash), HEX(payment_id), HEX(fingerprint)) FROM payment_keys ORDER BY "
    "period, "
    "key_hash",
    "SELECT CONCAT_WS(' ', HEX(alias_id), HEX(payment_id), log_offset) FROM payment_aliases ORDER BY alias_id",
    "SELECT CONCAT_WS(' ', HEX(payment_id), attempt, state, decline_code) FROM payment_attempts ORDER BY payment_id, "
    "attempt",
    "SELECT CONCAT_WS(' ', HEX(intent_id), kind, HEX(payment_id), log_offset, verdict, code, recorded_at_ms) FROM "
    "intent_verdicts ORDER BY intent_id",
    "SELECT CONCAT_WS(' ', HEX(refund_id), HEX(payment_id), attempt, amount, state, code, channel_reference, "
    "updated_at_ms) FROM refunds ORDER BY refund_id",
    "SELECT CONCAT_WS(' ', HEX(key_hash), HEX(refund_id), HEX(fingerprint)) FROM refund_keys ORDER BY key_hash",
    "SELECT CONCAT_WS(' ', HEX(alias_id), HEX(refund_id), log_offset) FROM refund_aliases ORDER BY alias_id",
    "SELECT CONCAT_WS(' ', HEX(payment_id), attempt, captured, refunding, refunded) FROM refund_gates ORDER BY "
    "payment_id, attempt",
    "SELECT CONCAT_WS(' ', partition_id, log_offset, code) FROM dead_letters ORDER BY partition_id, log_offset",
    "SELECT CONCAT_WS(' ', incident_id, kind, detail) FROM incidents ORDER BY incident_id",
    "SELECT CONCAT_WS(' ', HEX(payment_id), due_at_ms) FROM open_items ORDER BY payment_id"};

/// What merchants and books see of it; not when it was seen, nor how often it was asked about.
const std::vector<std::string> outcome{
    "SELECT CONCAT_WS(' ', HEX(payment_id), merchant_order_id, attempt, amount, method, state, decline_code, "
    "close_state, close_code, callback_url) FROM payments ORDER BY payment_id",
    "SELECT CONCAT_WS(' ', HEX(alias_id), HEX(payment_id)) FROM payment_aliases ORDER BY alias_id",
    "SELECT CONCAT_WS(' ', HEX(intent_id), kind, verdict, code) FROM intent_verdicts WHERE kind <> 'notification' "
    "ORDER "
    "BY intent_id"};

std::string read(Database& database, const std::vector<std::string>& queries) {
  std::string all;
  for (const auto& sql : queries) {
    for (const auto& row : database.rows(sql)) all += mariadb::text(row.front()) + "\n";
    all += "--\n";
  }
  return all;
}

Answer totals(System& system) {
  return ask("GET", system.url("channel-sim") + "/sim/totals");
}
std::int64_t callbacks_received(System& system) {
  return ask("GET", system.url("receiver") + "/received/count").integer("received");
}

/// Settlement stops, the cursors go back to the beginning, and it starts again.
void read_log_again(System& system, const std::vector<std::string>& tables_emptied) {
  system.stop("settlement-1");
  for (const auto& table : tables_emptied) system.database().execute("DELETE FROM " + table);
  REQUIRE(system.database().execute("UPDATE partition_cursors SET next_offset = 0, watermark = 0, last_intent_id = ?",
                                    {std::string(16, '\0')}) == 2);
  system.start("settlement-1");
}

void check_clean(System& system, const Shop& shop, const Expected& expected = {}) {
  const auto violations = check(system, shop, settles_ms, expected);
  INFO(words_of(violations));
  REQUIRE(violations.empty());
}

/// P20 asks first where the record is older than this.
void await_stale(System& system) {
  await("the newest record is stale", at_last_ms, [&] {
    return system.database().number(
               "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) - MAX(created_at_ms) FROM payments") >
           limits::stale_after_ms + 1'000;
  });
}

}  // namespace

TEST_CASE("The whole log read again into the same database changes nothing (P11)", "[replay]") {
  System system({.channel_notifies = true});
  Shop shop(system);
  for (int i = 0; i < 2; ++i) shop.send_mixed();
  shop.send_late_success();
  check_clean(system, shop);
  const auto before = read(system.database(), everything);
  const auto asked = totals(system).integer("requests");
  const auto told = callbacks_received(system);

  read_log_again(system, {});
  check_clean(system, shop);
  CHECK(read(system.database(), everything) == before);
  CHECK(totals(system).integer("requests") == asked);
  CHECK(callbacks_received(system) == told);
  std::printf("log read again: %zu payments, nothing changed\n", shop.promises().size());
}

TEST_CASE("The log read into an empty database ends in the same payments, without one new charge (P20)", "[replay]") {
  System system;
  Shop shop(system);
  for (int i = 0; i < 3; ++i) {
    shop.send_mixed();
    shop.send_second_attempt();
  }
  check_clean(system, shop);
  await_stale(system);
  const auto before = read(system.database(), outcome);
  const auto books = totals(system);

  // Only merchants and keys are left; the channel remembers.
  read_log_again(system, {"payments", "payment_keys", "payment_key_periods", "payment_aliases", "payment_attempts",
                          "intent_verdicts", "held_attempts", "open_items", "refunds", "refund_gates", "refund_keys",
                          "refund_aliases", "held_refunds", "dead_letters", "incidents"});
  check_clean(system, shop, {.rebuilt = true});
  CHECK(read(system.database(), outcome) == before);
  for (const char* sum : {"requests", "charges", "charged_amount", "refunded_amount"}) {
    INFO(sum);
    CHECK(totals(system).integer(sum) == books.integer(sum));
  }
  std::printf("rebuilt from the log: %zu payments, no new charge\n", shop.promises().size());
}
