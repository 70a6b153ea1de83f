// The incident that this system was born from: retention set to a minute under load, with nobody reading. With the
// guard on, admission stops before anything is lost; with it off, what was deleted is named, re-offered by one command,
// and ends as it must: charged at most once, and what has expired is closed, uncharged (P5, P10, P20, P30).
#include <algorithm>
#include <cstdio>
#include <set>

#include "tests/chaos/checker.hpp"
#include "tests/support/await.hpp"

using namespace acq;
using namespace acq::test;

namespace {

constexpr auto a_minute = "60000";
constexpr auto as_wanted = "1209600000";
constexpr std::int64_t named_ms = 60'000;

/// A payment every few milliseconds until `until` says enough; what was answered 2xx is a promise. The last refusal.
Answer sell(System& system, Shop& shop, const std::string& prefix, const std::function<bool(const Answer&)>& until) {
  Answer answer;
  for (int i = 0;; ++i) {
    Order order{.number = prefix + std::to_string(i), .amount = 1'000, .callback_url = system.callback_url()};
    if (i % 2 == 1) order.code = "134567890123456789";
    answer = system.merchant().create(order);
    if (answer.status / 100 == 2) shop.promise({order.number, order.amount, answer.text("payment_id")});
    if (until(answer)) return answer;
  }
}

Finished operate(System& system, std::vector<std::string> words) {
  auto said = system.acq(std::move(words));
  INFO(said.output << said.errors);
  CHECK(said.code == 0);
  return said;
}

}  // namespace

TEST_CASE("Retention of a minute, the guard on: admission stops first, and nothing is lost (P30)", "[incident]") {
  System system;
  Shop shop(system);
  system.stop("settlement-1");
  system.topic().change_setting("retention.ms", a_minute);
  const auto refusal = sell(system, shop, "on-", [](const Answer& answer) { return answer.status == 503; });
  CHECK(refusal.text("code") == "retention_short");
  REQUIRE(shop.promises().size() > 10);

  system.topic().change_setting("retention.ms", as_wanted);
  system.start("settlement-1");
  const auto violations = check(system, shop, 120'000);
  INFO(words_of(violations));
  CHECK(violations.empty());
  std::printf("guard on: %zu payments promised before admission stopped, none lost\n", shop.promises().size());
}

TEST_CASE("Retention of a minute, the guard off: every lost order is named, re-offered and ends final (P5, P10, P20)",
          "[incident]") {
  System system({.log_check_every_s = 3600, .balance_every_s = 10});
  Shop shop(system);
  shop.send(1'000, false, 4);
  REQUIRE(check(system, shop, 60'000).empty());
  const auto read = shop.promises().size();
  system.stop("settlement-1");
  system.topic().change_setting("retention.ms", a_minute);
  const auto until_ms = runtime::steady_ms() + 5'000;
  sell(system, shop, "off-", [&](const Answer&) { return runtime::steady_ms() > until_ms; });
  const auto at_risk = shop.promises().size() - read;
  REQUIRE(at_risk > 10);
  // The broker deletes what nobody has read.
  await("the broker has deleted every unread record", 240'000, [&] { return system.topic().records().empty(); });
  const auto deleted_ms = runtime::steady_ms();

  // Named by the gateway within a minute, though nobody reads and nobody asks.
  std::set<std::string> unnamed;
  for (std::size_t i = read; i < shop.promises().size(); ++i) unnamed.insert(shop.promises()[i].payment_id);
  await("each lost order is named", named_ms, [&] {
    const auto log = read_file(system.log_of("gateway-1"));
    std::erase_if(unnamed, [&](const auto& id) {
      return log.find("intent_unaccounted") != std::string::npos && log.find(id) != std::string::npos;
    });
    return unnamed.empty();
  });
  const auto named_after_ms = runtime::steady_ms() - deleted_ms;

  // Mended with the operator's commands alone.
  system.topic().change_setting("retention.ms", as_wanted);
  system.launch("settlement-1");  // it never owns a partition until its gaps are resolved
  const std::string gateway = system.admin_url("gateway-1");
  await_equal("both partitions are stopped by their gap", at_last_ms, std::int64_t{2},
              [&] { return system.database().number("SELECT COUNT(*) FROM incidents WHERE kind = 'gap'"); });
  CHECK(system.acq({"account-for", "--gateway", gateway}).code == 1);
  operate(system, {"replay", "--from-witness", "--gateway", gateway, "--apply", "--reason", "deleted unread"});
  for (const auto& row : system.database().rows("SELECT incident_id FROM incidents")) {
    operate(system, {"incident", "resolve", std::to_string(mariadb::integer(row[0])), "--gateway", gateway, "--apply",
                     "--reason", "all re-offered"});
  }
  const auto violations = check(system, shop, 120'000, {.incidents = 2});
  INFO(words_of(violations));
  CHECK(violations.empty());
  // A barcode's payer of then has gone: closed, never charged. A qr payment still has its quarter of an hour.
  const auto expired = system.database().number(
      "SELECT COUNT(*) FROM payments WHERE method = 'barcode' AND state = 'closed' AND decline_code = 'expired'");
  const auto paid =
      system.database().number("SELECT COUNT(*) FROM payments WHERE method = 'qr' AND state = 'succeeded'");
  CHECK(expired + paid == static_cast<std::int64_t>(shop.promises().size()));
  CHECK(expired > 0);
  CHECK(system.charges_in_all() == paid);
  std::printf(
      "guard off: %zu payments deleted unread, all named after %lld ms, %lld charged once, %lld closed expired\n",
      at_risk, static_cast<long long>(named_after_ms), static_cast<long long>(paid - static_cast<std::int64_t>(read)),
      static_cast<long long>(expired));
}
