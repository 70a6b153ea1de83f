// One payment's way, from the signed request to the callback, and the fates that a channel has for it.
#include <catch2/catch.hpp>

#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq::test;

namespace {

/// Made, and its answer checked as far as every accepted payment has it in common.
std::string accepted(System& system, const Order& order) {
  const auto answer = system.merchant().create(order);
  INFO(answer.body);
  REQUIRE(answer.status == 202);
  CHECK(answer.text("state") == "accepted");
  CHECK(answer.header("Location") == "/v1/payments/" + answer.text("payment_id"));
  CHECK_FALSE(answer.header("Request-Id").empty());
  return answer.text("payment_id");
}

struct Fated {
  std::string number;
  std::string payment_id;
};

Fated fated(System& system, std::int64_t amount, const std::string& code) {
  const std::string number = "fate-" + std::to_string(amount);
  return {number,
          accepted(system, {.number = number, .amount = amount, .code = code, .callback_url = system.callback_url()})};
}

}  // namespace

TEST_CASE("A signed payment is accepted, logged, charged once, stored and told (P1, P5, P17)") {
  System system;
  const Order order{.number = "first-1",
                    .amount = 1'999,
                    .description = "one umbrella",
                    .callback_url = system.callback_url(),
                    .metadata = R"({"till":"7"})"};

  const auto id = accepted(system, order);
  system.await_state(id, "succeeded", soon_ms);

  // Seen by number as by id, with what was sent.
  const auto by_number = system.merchant().by_number(order.number);
  CHECK(by_number.status == 200);
  CHECK(by_number.text("payment_id") == id);
  CHECK(by_number.integer("amount") == 1'999);
  CHECK(by_number.body.find(R"("till":"7")") != std::string::npos);

  // Charged once, told once, and the row knows it.
  CHECK(system.charges(order.number).integer("charges") == 1);
  CHECK(system.charges(order.number).integer("charged_amount") == 1'999);
  await_equal("the callback", soon_ms, std::string("payment.succeeded"), [&] { return system.callbacks(id); });
  system.await_settled(soon_ms);
  CHECK(system.database().number("SELECT told_sequence FROM payments WHERE merchant_order_id = 'first-1'") ==
        by_number.integer("sequence"));
  CHECK(system.topic().records_in_all() == 1);
  CHECK(system.database().number("SELECT COUNT(*) FROM open_items") == 0);

  // The same again is answered, not done.
  const auto again = system.merchant().create(order);
  INFO(again.body);
  CHECK(again.status == 200);
  CHECK(again.header("Idempotent-Replayed") == "true");
  CHECK(again.text("payment_id") == id);
  CHECK(again.text("state") == "succeeded");

  // Another amount under the same number is refused by the field's name, never its value.
  Order other = order;
  other.amount = 4'711'990;
  const auto differs = system.merchant().create(other);
  INFO(differs.body);
  CHECK(differs.status == 422);
  CHECK(differs.text("code") == "fields_differ");
  CHECK(differs.faults() == "/amount=differs");
  CHECK(differs.body.find("4711990") == std::string::npos);
  CHECK(differs.body.find("1999") == std::string::npos);
  CHECK(system.topic().records_in_all() == 1);
  system.check_books();
}

TEST_CASE(
    "Every fate of a payment ends as the channel decided, and a lost answer is asked about, not repeated (P18, P21)") {
  System system;
  const auto declined = fated(system, 10'051, "");
  const auto waits = fated(system, 10'053, "1310000000000053");
  const auto lost = fated(system, 10'054, "1310000000000054");
  const auto slow = fated(system, 10'056, "1310000000000056");
  const auto shown = fated(system, 20'053, "");  // qr: its code is shown while the payer is awaited

  system.await_state(declined.payment_id, "declined", soon_ms);
  CHECK(system.merchant().payment(declined.payment_id).text("decline_code") == "insufficient_funds");
  system.await_state(shown.payment_id, "awaiting_payer", soon_ms);
  CHECK(system.merchant().payment(shown.payment_id).text("code_url").starts_with("https://"));

  for (const auto& one : {waits, lost, slow, shown}) system.await_state(one.payment_id, "succeeded", at_last_ms);
  for (const auto& one : {waits, lost, slow, shown}) {
    INFO(one.number);
    const auto charged = system.charges(one.number);
    CHECK(charged.integer("charges") == 1);
    CHECK(charged.integer("requests") == 1);  // the charge was sent once; everything after it was a question
  }
  CHECK(system.charges(declined.number).integer("charges") == 0);

  system.await_settled(soon_ms);
  CHECK(system.callbacks(declined.payment_id) == "payment.declined");
  CHECK(system.callbacks(waits.payment_id) == "payment.awaiting_payer payment.succeeded");
  CHECK(system.callbacks(shown.payment_id) == "payment.awaiting_payer payment.succeeded");
  CHECK(system.callbacks(lost.payment_id) == "payment.unknown payment.succeeded");
  system.check_books();
}

TEST_CASE("The digits that the payer shows are nowhere in clear (P24)") {
  System system;
  const std::string code = "1398765432109876";
  const std::string hex = "31333938373635343332313039383736";
  const auto require_hidden = [&](const std::string& where, const std::string& bytes) {
    INFO(where);
    REQUIRE_FALSE(bytes.empty());
    CHECK(bytes.find(code) == std::string::npos);
    CHECK(bytes.find(hex) == std::string::npos);
  };

  // 53: it waits for the payer, so that the code is still needed while we look.
  const auto waits = fated(system, 30'053, code);
  system.await_state(waits.payment_id, "awaiting_payer", soon_ms);
  require_hidden("MariaDB, while it is needed", system.database().dump(system.folder().path()));
  CHECK(system.database().number("SELECT LENGTH(sealed_code) FROM payments") > 0);
  system.await_state(waits.payment_id, "succeeded", at_last_ms);
  // Sent to the channel, or the fate would not have been one of a barcode's.
  CHECK(system.charges(waits.number).integer("charges") == 1);
  system.await_settled(soon_ms);

  CHECK(system.database().number("SELECT LENGTH(sealed_code) FROM payments") == 0);
  require_hidden("MariaDB", system.database().dump(system.folder().path()));
  const auto records = system.topic().records();
  REQUIRE(records.size() == 1);
  require_hidden("the log", records.front().value);
  std::string everything;
  for (const auto& path : files_in(system.folder().path())) everything += read_file(path);
  CHECK(everything.find(records.front().value) != std::string::npos);  // the witness is among these files
  require_hidden("witness, logs and configuration", everything);
  require_hidden("Redis", system.redis({"EVAL",
                                        "local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do "
                                        "all[#all + 1] = key .. '=' .. redis.call('GET', key) end return all",
                                        "0"}));
}
