// The log is the truth of what was asked: read again from its beginning into the same database it changes nothing, and
// into an empty one it ends in the same payments, without one new charge (P11, P20).
#include <map>

#include "tests/chaos/checker.hpp"
#include "tests/support/await.hpp"

using namespace acq::test;

namespace {

/// What the merchants and the books see; not when it was seen.
constexpr std::string_view outcome =
    "SELECT CONCAT_WS(' ', HEX(payment_id), merchant_order_id, attempt, amount, method, state, decline_code, "
    "close_state) FROM payments ORDER BY payment_id";

std::string lines(Database& database, std::string_view sql) {
  std::string all;
  for (const auto& row : database.rows(sql)) all += acq::mariadb::text(row.front()) + "\n";
  return all;
}

std::map<std::string, std::int64_t> counts(Database& database) {
  std::map<std::string, std::int64_t> rows;
  for (const char* table : {"payments", "payment_keys", "payment_aliases", "payment_attempts", "intent_verdicts",
                            "open_items", "refunds", "refund_gates", "dead_letters", "incidents"}) {
    rows[table] = database.number("SELECT COUNT(*) FROM " + std::string(table));
  }
  return rows;
}

std::int64_t requests(System& system) {
  return ask("GET", system.url("channel-sim") + "/sim/totals").integer("requests");
}

void rewind(System& system) {
  REQUIRE(system.database().execute("UPDATE partition_cursors SET next_offset = 0, watermark = 0, last_intent_id = ?",
                                    {std::string(16, '\0')}) == 2);
}

}  // namespace

TEST_CASE("The whole log read again changes nothing, and rebuilds an empty database without a charge", "[replay]") {
  System system;
  Shop shop(system);
  for (int i = 0; i < 3; ++i) shop.send_mixed();
  auto violations = check(system, shop, 90'000);
  INFO(words_of(violations));
  REQUIRE(violations.empty());
  const auto before = lines(system.database(), outcome);
  const auto counted = counts(system.database());
  const auto requests_before = requests(system);
  const auto charges_before = system.charges_in_all();

  // Into the same database.
  system.stop("settlement-1");
  rewind(system);
  system.start("settlement-1");
  violations = check(system, shop, 90'000);
  INFO(words_of(violations));
  CHECK(violations.empty());
  CHECK(lines(system.database(), outcome) == before);
  CHECK(counts(system.database()) == counted);
  CHECK(requests(system) == requests_before);

  // Into one in which only merchants and keys are left.
  system.stop("settlement-1");
  for (const char* table : {"payments", "payment_keys", "payment_aliases", "payment_attempts", "intent_verdicts",
                            "open_items", "refunds", "refund_gates", "dead_letters", "incidents"}) {
    system.database().execute("DELETE FROM " + std::string(table));
  }
  rewind(system);
  system.start("settlement-1");
  violations = check(system, shop, 120'000);
  INFO(words_of(violations));
  CHECK(violations.empty());
  CHECK(lines(system.database(), outcome) == before);
  CHECK(system.charges_in_all() == charges_before);
}
