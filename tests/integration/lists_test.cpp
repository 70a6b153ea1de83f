// A merchant's list of payments: complete while new ones come, bounded by its filters, and closed to everybody else.
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "common/codec/intent_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

/// Straight onto the log, so that a merchant has many payments soon.
std::string offered(System& system, const Merchant& merchant, const std::string& number, std::int64_t created_ms) {
  PaymentRequested intent;
  intent.payment_id = make_payment_id(created_ms, route_hash(merchant.id(), number), crypto::random_word());
  intent.intent_id.bytes = intent.payment_id.bytes;
  intent.merchant_id = merchant.id();
  intent.merchant_order_id = number;
  intent.amount = 1'000;
  intent.currency = Currency::parse("CNY").value();
  intent.accepted_at_ms = created_ms;
  intent.expires_at_ms = runtime::unix_ms() + 600'000;
  system.topic().produce(partition_of(route_of(intent.payment_id), Topic::partitions), intent.payment_id.text(),
                         codec::encode_intent(intent));
  return intent.payment_id.text();
}

std::vector<std::string> ids_of(const Answer& page) {
  std::vector<std::string> ids;
  const auto* data = page.json.find("data");
  if (data == nullptr || data->array() == nullptr) return {"no data: " + page.body};
  for (const auto& payment : *data->array()) ids.emplace_back(payment.string_or("payment_id"));
  return ids;
}

/// Every page until the last; `between` is called after each.
template <class Between>
std::vector<std::string> walk(const Merchant& merchant, const std::string& query, std::size_t limit, Between between) {
  std::vector<std::string> all;
  std::string cursor;
  do {
    const auto page = merchant.get("/v1/payments?limit=" + std::to_string(limit) + query + cursor);
    INFO(page.body.substr(0, 300));
    REQUIRE(page.status == 200);
    const auto ids = ids_of(page);
    REQUIRE(ids.size() <= limit);
    all.insert(all.end(), ids.begin(), ids.end());
    const auto* next = page.json.find("next_cursor");
    REQUIRE(next != nullptr);
    cursor = next->is_null() ? std::string() : "&cursor=" + *next->string();
    between();
  } while (!cursor.empty());
  return all;
}

void check_problem(const Answer& answer, int status, const std::string& code, const std::string& faults = {}) {
  INFO(answer.body);
  CHECK(answer.status == status);
  CHECK(answer.text("code") == code);
  CHECK(answer.faults() == faults);
}

}  // namespace

TEST_CASE("A list is walked from the newest to the oldest while new payments come: none twice, none missing") {
  System system;
  const auto& shop = system.merchant();
  constexpr std::int64_t count = 500;
  const std::int64_t start_ms = runtime::unix_ms() - count;
  std::vector<std::string> there;  // oldest first
  for (std::int64_t i = 0; i < count; ++i) {
    there.push_back(offered(system, shop, "there-" + std::to_string(i), start_ms + i));
  }
  await_equal("rows", at_last_ms, count, [&] { return system.database().number("SELECT COUNT(*) FROM payments"); });

  std::int64_t come = 0;
  const auto seen = walk(shop, "", 37, [&] {
    const auto number = "come-" + std::to_string(come++);
    REQUIRE(shop.create(Order{.number = number}).status == 202);
  });
  REQUIRE(come >= count / 37);
  CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == seen.size());
  std::vector<std::string> old(there.rbegin(), there.rend());
  CHECK(seen == old);  // the new ones are newer than where the walk began

  // From the start again, all are there, newest first.
  await_equal("rows", soon_ms, count + come, [&] { return system.database().number("SELECT COUNT(*) FROM payments"); });
  const auto again = walk(shop, "", 200, [] {});
  CHECK(again.size() == static_cast<std::size_t>(count + come));
  CHECK(std::is_sorted(again.rbegin(), again.rend()));
  // An id's text sorts as the id does; times bound the walk.
  const auto middle =
      "&created_after=" + codec::rfc3339(start_ms + 99) + "&created_before=" + codec::rfc3339(start_ms + 200);
  const auto part = walk(shop, middle, 30, [] {});
  CHECK(part == std::vector<std::string>(old.end() - 200, old.end() - 100));

  INFO("another merchant sees none of them, and none of their cursors");
  const auto stranger = system.create_merchant("stranger");
  await_equal("the stranger's key is known", soon_ms, 200, [&] { return stranger.get("/v1/payments").status; });
  CHECK(ids_of(stranger.get("/v1/payments")).empty());
  const auto first = shop.get("/v1/payments?limit=1");
  const auto cursor = first.text("next_cursor");
  REQUIRE_FALSE(cursor.empty());
  CHECK(ids_of(shop.get("/v1/payments?limit=2&cursor=" + cursor)).size() == 2);
  check_problem(stranger.get("/v1/payments?cursor=" + cursor), 400, "bad_cursor");
  check_problem(shop.get("/v1/payments?state=closed&cursor=" + cursor), 400, "bad_cursor");
  check_problem(shop.get("/v1/payments?cursor=" + cursor + "0"), 400, "bad_cursor");
  check_problem(shop.get("/v1/payments?cursor=nonsense"), 400, "bad_cursor");
}

TEST_CASE("A list shows what a single read shows, by state too, and names every wrong parameter") {
  System system;
  const auto& shop = system.merchant();
  const auto good = shop.create(Order{.number = "good"}).text("payment_id");
  const auto bad =
      shop.create(Order{.number = "bad", .amount = 1'051, .metadata = R"({"till":"7"})"}).text("payment_id");
  system.await_state(good, "succeeded", soon_ms);
  system.await_state(bad, "declined", soon_ms);
  REQUIRE(shop.create(Order{.number = "bad", .amount = 1'051, .attempt = 2}).status == 202);
  await_equal("attempts that ended", soon_ms, std::int64_t{1},
              [&] { return system.database().number("SELECT COUNT(*) FROM payment_attempts"); });
  system.await_state(bad, "declined", soon_ms);
  system.await_settled(soon_ms);

  const auto all = shop.get("/v1/payments");
  INFO(all.body);
  CHECK(ids_of(all) == std::vector<std::string>{bad, good});
  REQUIRE(all.json.find("next_cursor") != nullptr);
  CHECK(all.json.find("next_cursor")->is_null());
  system.redis({"FLUSHALL"});  // so that a single read is of MariaDB too
  CHECK(all.body.find(shop.payment(bad).body) != std::string::npos);
  CHECK(all.body.find(shop.payment(good).body) != std::string::npos);
  CHECK(ids_of(shop.get("/v1/payments?state=declined")) == std::vector<std::string>{bad});
  CHECK(ids_of(shop.get("/v1/payments?state=unknown")).empty());

  check_problem(shop.get("/v1/payments?limit=201"), 422, "invalid_field", "/limit=range");
  check_problem(shop.get("/v1/payments?state=paid&colour=red"), 422, "invalid_field", "/state=format /colour=unknown");
  check_problem(shop.get("/v1/payments?merchant_order_id=good&limit=1"), 422, "invalid_field",
                "/merchant_order_id=conflict");
  check_problem(shop.get("/v1/payments?merchant_order_id="), 422, "invalid_field", "/merchant_order_id=required");
}

TEST_CASE("A state that few payments have is found over pages that look at a bounded number of rows") {
  System system;
  const auto& shop = system.merchant();
  const auto rare = shop.create(Order{.number = "rare", .amount = 1'051}).text("payment_id");
  system.await_state(rare, "declined", soon_ms);
  system.await_settled(soon_ms);
  // 4,095 newer ones as the writer leaves them: more than two pages look at.
  system.database().execute("CREATE TEMPORARY TABLE one AS SELECT * FROM payments");
  for (int doubled = 1; doubled < 4'096; doubled *= 2) {
    system.database().execute("CREATE OR REPLACE TEMPORARY TABLE more AS SELECT * FROM one");
    system.database().execute(
        "UPDATE more SET state = 'succeeded', payment_id = UNHEX(CONCAT(SUBSTR(HEX(payment_id), 1, "
        "12), LPAD(HEX(CONV(SUBSTR(HEX(payment_id), 13, 4), 16, 10) + ?), 4, '0'), "
        "SUBSTR(HEX(payment_id), 17)))",
        {std::int64_t{doubled}});
    system.database().execute("INSERT INTO one SELECT * FROM more");
  }
  system.database().execute("INSERT INTO payments SELECT * FROM one WHERE state = 'succeeded'");
  REQUIRE(system.database().number("SELECT COUNT(*) FROM payments") == 4'096);

  int pages = 0;
  const auto found = walk(shop, "&state=declined", 50, [&] { ++pages; });
  CHECK(found == std::vector<std::string>{rare});
  CHECK(pages == 3);
  CHECK(walk(shop, "&state=succeeded", 200, [] {}).size() == 4'095);
}
