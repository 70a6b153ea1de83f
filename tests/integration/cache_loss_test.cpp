// Redis is never the truth of anything: emptied or gone, what was promised holds, and what the gateway could not see
// the writer decides (P3, P11).
#include <catch2/catch.hpp>

#include "common/codec/json_document.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq::test;

TEST_CASE("Redis emptied again and again, killed and started: every 2xx holds (P3, P11)") {
  System system;
  auto load = system.start_load("sale", {"flash-sale", "--rate", "200", "--seconds", "8", "--kind", "barcode",
                                         "--fates", "--retry-for", "60", "--drain", "90"});
  for (std::int64_t charges = 100; charges <= 1'300; charges += 100) {
    await(std::to_string(charges) + " charges", at_last_ms, [&] { return system.charges_in_all() >= charges; });
    if (charges == 500) system.kill("redis");
    if (charges == 800) system.start("redis");
    if (system.running("redis")) system.redis({"FLUSHALL"});
  }
  const auto sale = system.end_of("sale", load, 180'000);
  INFO(sale.output);
  CHECK(sale.code == 0);
  system.await_settled(at_last_ms);
  system.check_books();
}

TEST_CASE("A number that Redis has forgotten is decided by the writer: alias or refused, charged once (P3, P11)") {
  System system;
  const auto& merchant = system.merchant();
  Order order{.number = "forgotten-1", .amount = 2'500, .callback_url = system.callback_url()};
  const auto first = merchant.create(order).text("payment_id");
  system.await_state(first, "succeeded", soon_ms);

  // The same fields: a second id, the same payment.
  system.redis({"FLUSHALL"});
  const auto same = merchant.create(order);
  INFO(same.body);
  REQUIRE(same.status == 202);
  const auto alias = same.text("payment_id");
  REQUIRE(alias != first);
  await_equal("the alias shows the payment that it stands for", soon_ms, first,
              [&] { return merchant.payment(alias).text("payment_id"); });
  const auto shown = merchant.payment(alias);
  INFO(shown.body);
  CHECK(shown.text("state") == "succeeded");
  const auto* aliases = shown.json.find("aliases");
  REQUIRE(aliases != nullptr);
  REQUIRE(aliases->array() != nullptr);
  REQUIRE(aliases->array()->size() == 1);
  CHECK(*aliases->array()->front().string() == alias);

  // Other fields: accepted, because nobody could know better, then refused and told, never charged.
  system.redis({"FLUSHALL"});
  order.amount = 9'900;
  const auto other = merchant.create(order);
  INFO(other.body);
  REQUIRE(other.status == 202);
  const auto refused = other.text("payment_id");
  system.await_state(refused, "refused", soon_ms);
  CHECK(merchant.payment(refused).text("decline_code") == "fields_differ");
  await_equal("the callback of the refusal", soon_ms, std::string("payment.refused"),
              [&] { return system.callbacks(refused); });

  // The number is the first one's still: read by it, and asked again with its fields.
  CHECK(merchant.by_number(order.number).text("payment_id") == first);
  order.amount = 2'500;
  const auto again = merchant.create(order);
  INFO(again.body);
  REQUIRE(again.status == 202);
  await_equal("the payment behind the third id", soon_ms, first,
              [&] { return merchant.payment(again.text("payment_id")).text("payment_id"); });
  CHECK(merchant.by_number(order.number).text("payment_id") == first);

  CHECK(system.charges(order.number).integer("charges") == 1);
  CHECK(system.charges(order.number).integer("charged_amount") == 2'500);
  system.await_settled(soon_ms);
  system.check_books();
}

TEST_CASE("A hundred retries of one order number at once make one charge (P2, P11)") {
  System system;
  const auto storm = system.load("storm", {"retry-storm", "--order", "storm-1", "--connections", "100"}, at_last_ms);
  INFO(storm.output);
  CHECK(storm.code == 0);
  const auto told = acq::codec::parse_json(storm.output);
  REQUIRE(told.has_value());
  CHECK(told->integer_or("charges", -1) == 1);
  CHECK(told->integer_or("unanswered", -1) == 0);
  CHECK(told->find("canonical")->array()->size() == 1);
  CHECK(system.charges("storm-1").integer("requests") == 1);

  // Again with Redis away: the writer alone keeps the number unique.
  system.kill("redis");
  const auto blind = system.load("blind", {"retry-storm", "--order", "storm-2", "--connections", "100"}, at_last_ms);
  INFO(blind.output);
  CHECK(blind.code == 0);
  CHECK(system.charges("storm-2").integer("charges") == 1);
  CHECK(system.charges("storm-2").integer("requests") == 1);
  CHECK(system.database().number("SELECT COUNT(*) FROM payment_aliases") > 0);
  system.await_settled(soon_ms);
  system.check_books();
}

TEST_CASE("A number is unique over all periods, whoever wrote them and whatever was rolled back (P11)") {
  System system;
  const auto& merchant = system.merchant();
  const Order order{.number = "period-1", .amount = 2'500};
  const auto first = merchant.create(order).text("payment_id");
  system.await_state(first, "succeeded", soon_ms);
  system.await_settled(soon_ms);

  // As another owner of the partition would have left it, after this worker learned which periods there are.
  constexpr std::int64_t older = 200001;
  system.database().execute("INSERT INTO payment_key_periods VALUES (?)", {older});
  system.database().execute("UPDATE payment_keys SET period = ?", {older});
  system.redis({"FLUSHALL"});
  const auto again = merchant.create(order);
  REQUIRE(again.status == 202);
  await_equal("the payment behind the second id", soon_ms, first,
              [&] { return merchant.payment(again.text("payment_id")).text("payment_id"); });
  CHECK(system.charges(order.number).integer("requests") == 1);

  // As a rolled back batch leaves it: the period's row is not there, and its first key must write it again.
  system.database().execute("DELETE FROM payment_key_periods WHERE period <> ?", {older});
  const auto other = merchant.create(Order{.number = "period-2"}).text("payment_id");
  system.await_state(other, "succeeded", soon_ms);
  CHECK(system.database().number("SELECT COUNT(*) FROM payment_keys k LEFT JOIN payment_key_periods p USING (period) "
                                 "WHERE p.period IS NULL") == 0);
}
