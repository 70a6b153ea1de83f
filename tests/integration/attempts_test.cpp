// Further attempts of one payment, and closes: what a merchant may do, and that no way of doing it charges twice.
#include <catch2/catch.hpp>
#include <thread>

#include "common/codec/intent_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

const std::string code = "1310000000000017";

std::string accepted(const Merchant& merchant, const Order& order) {
  const auto answer = merchant.create(order);
  INFO(answer.body);
  REQUIRE(answer.status == 202);
  CHECK(answer.text("state") == "accepted");
  return answer.text("payment_id");
}

void check_problem(const Answer& answer, int status, const std::string& problem) {
  INFO(answer.body);
  CHECK(answer.status == status);
  CHECK(answer.text("code") == problem);
}

/// "1 declined, 2 accepted"
std::string attempts_of(const codec::JsonValue& payment) {
  std::string all;
  const auto* attempts = payment.find("attempts");
  if (attempts == nullptr || attempts->array() == nullptr) return "no attempts";
  for (const auto& attempt : *attempts->array()) {
    if (!all.empty()) all += ", ";
    all += std::to_string(attempt.integer_or("attempt", -1)) + " " + std::string(attempt.string_or("state"));
  }
  return all;
}

/// "refused already_paid"
std::string close_of(const codec::JsonValue& payment) {
  const auto* close = payment.find("close");
  if (close == nullptr) return "none";
  const auto state = std::string(close->string_or("state"));
  const auto why = std::string(close->string_or("code"));
  return why.empty() ? state : state + " " + why;
}

/// The payment inside a problem.
std::string state_in(const Answer& problem) {
  const auto* payment = problem.json.find("payment");
  return payment == nullptr ? "none" : std::string(payment->string_or("state"));
}

}  // namespace

TEST_CASE("An attempt behind a declined one is charged on its own, answered when repeated, and never twice (P8, P13)") {
  System system;
  const auto& merchant = system.merchant();
  const Order first{.number = "tries-1", .amount = 10'051, .callback_url = system.callback_url()};
  Order second = first;
  second.code = code;
  second.attempt = 2;

  // Nothing is known, then nothing has ended: no attempt is open behind it.
  check_problem(merchant.create(second), 409, "attempt_not_open");
  const auto id = accepted(merchant, first);
  system.await_state(id, "declined", soon_ms);

  Order ahead = second;
  ahead.attempt = 3;
  const auto refused = merchant.create(ahead);
  check_problem(refused, 409, "attempt_not_open");
  CHECK(state_in(refused) == "declined");
  Order dearer = second;
  dearer.amount = 20'051;
  const auto differs = merchant.create(dearer);
  check_problem(differs, 422, "fields_differ");
  CHECK(differs.faults() == "/amount=differs");

  const auto answer = merchant.create(second);
  INFO(answer.body);
  REQUIRE(answer.status == 202);
  CHECK(answer.text("payment_id") == id);
  CHECK(answer.text("state") == "accepted");
  CHECK(attempts_of(answer.json) == "1 declined, 2 accepted");
  CHECK(answer.header("Location") == "/v1/payments/" + id);

  await_equal("the second attempt", soon_ms, std::string("1 declined, 2 declined"),
              [&] { return attempts_of(merchant.payment(id).json); });
  const auto shown = merchant.payment(id);
  CHECK(shown.json.find("method")->string_or("type") == "barcode");
  CHECK(system.charges(first.number).integer("requests") == 2);

  // The same again is answered, not done, whichever of the two it is and whatever Redis remembers.
  for (const bool redis_remembers : {true, false}) {
    INFO("Redis remembers: " << redis_remembers);
    if (!redis_remembers) system.redis({"FLUSHALL"});
    const auto again = merchant.create(second);
    INFO(again.body);
    CHECK(again.status == 200);
    CHECK(again.header("Idempotent-Replayed") == "true");
    CHECK(again.text("payment_id") == id);
    CHECK(attempts_of(again.json) == "1 declined, 2 declined");
    Order other = second;
    other.description = "another";
    const auto named = merchant.create(other);
    check_problem(named, 422, "fields_differ");
    CHECK(named.faults() == "/description=differs");
  }

  // And one more; then the second is still answered by what it was asked with.
  Order third = first;
  third.attempt = 3;
  CHECK(merchant.create(third).status == 202);
  await_equal("the third attempt", soon_ms, std::string("1 declined, 2 declined, 3 declined"),
              [&] { return attempts_of(merchant.by_number(first.number).json); });
  CHECK(merchant.create(second).status == 200);
  CHECK(system.charges(first.number).integer("requests") == 3);
  CHECK(system.topic().records_in_all() == 3);
  system.await_settled(soon_ms);
  CHECK(system.callbacks(id) == "payment.declined payment.declined payment.declined");
  system.check_books();
}

TEST_CASE("Behind the 202 of a later attempt nobody reads the end of the one before, with Redis away or not (P7)") {
  System system;
  const auto& merchant = system.merchant();
  const Order first{.number = "later", .amount = 1'051, .code = code};
  const auto id = accepted(merchant, first);
  system.await_state(id, "declined", soon_ms);
  system.stop("settlement-1");
  Order second = first;
  second.attempt = 2;
  REQUIRE(merchant.create(second).status == 202);
  CHECK(attempts_of(merchant.payment(id).json) == "1 declined, 2 accepted");
  CHECK(attempts_of(merchant.by_number("later").json) == "1 declined, 2 accepted");
  // A repeat says so again, whatever Redis has lost meanwhile.
  system.redis({"DEL", "acq:a:" + id});
  CHECK(merchant.create(second).status == 200);
  CHECK(attempts_of(merchant.payment(id).json) == "1 declined, 2 accepted");
  system.kill("redis");
  check_problem(merchant.payment(id), 503, "not_yet_known");
  check_problem(merchant.by_number("later"), 503, "not_yet_known");
  system.start("redis");
  system.start("settlement-1");
  system.await_state(id, "declined", soon_ms);
  await("the second attempt's end", soon_ms,
        [&] { return attempts_of(merchant.payment(id).json) == "1 declined, 2 declined"; });
}

TEST_CASE("The same attempt asked by many at once is one charge") {
  System system;
  const auto& merchant = system.merchant();
  const Order first{.number = "many-1", .amount = 10'051};
  const auto id = accepted(merchant, first);
  system.await_state(id, "declined", soon_ms);
  Order second = first;
  second.attempt = 2;
  std::vector<Answer> answers(8);
  std::vector<std::thread> askers;
  for (auto& answer : answers) askers.emplace_back([&] { answer = merchant.create(second); });
  for (auto& asker : askers) asker.join();
  int taken = 0;
  for (const auto& answer : answers) {
    INFO(answer.body);
    const bool in_progress = answer.status == 409 && answer.text("code") == "in_progress";
    CHECK((answer.status == 202 || answer.status == 200 || in_progress));
    if (answer.status == 202) ++taken;
    if (!in_progress) CHECK(answer.text("payment_id") == id);
  }
  CHECK(taken == 1);
  await_equal("both attempts", soon_ms, std::string("1 declined, 2 declined"),
              [&] { return attempts_of(merchant.payment(id).json); });
  system.await_settled(soon_ms);
  CHECK(system.charges(first.number).integer("requests") == 2);
  CHECK(system.topic().records_in_all() == 2);
  system.check_books();
}

TEST_CASE("A close of a waiting payment ends it closed, uncharged and told, and the next attempt can succeed (P12)") {
  System system;
  const auto& merchant = system.merchant();
  const Order waits{.number = "closed-1", .amount = 10'060, .callback_url = system.callback_url()};
  const auto id = accepted(merchant, waits);
  system.await_state(id, "awaiting_payer", soon_ms);
  Order second = waits;
  second.attempt = 2;
  const auto early = merchant.create(second);
  check_problem(early, 409, "attempt_not_open");
  CHECK(state_in(early) == "awaiting_payer");

  const auto closing = merchant.close(id);
  INFO(closing.body);
  CHECK(closing.status == 202);
  CHECK(closing.text("payment_id") == id);
  CHECK(close_of(closing.json) == "asked");
  system.await_state(id, "closed", soon_ms);
  CHECK(close_of(merchant.payment(id).json) == "closed");
  const auto again = merchant.close(id);
  check_problem(again, 409, "not_closable");
  CHECK(state_in(again) == "closed");
  system.await_settled(soon_ms);
  CHECK(system.callbacks(id) == "payment.awaiting_payer payment.closed");
  CHECK(system.charges(waits.number).integer("charges") == 0);

  // The next attempt has a close of its own: the first one's does not touch it.
  CHECK(merchant.create(second).status == 202);
  await_equal("the second attempt", soon_ms, std::string("1 closed, 2 awaiting_payer"),
              [&] { return attempts_of(merchant.payment(id).json); });
  CHECK(close_of(merchant.payment(id).json) == "none");
  check_problem(merchant.close_number(waits.number, 1), 409, "not_closable");
  CHECK(merchant.payment(id).text("state") == "awaiting_payer");
  CHECK(merchant.close_number(waits.number).status == 202);
  system.await_state(id, "closed", soon_ms);
  system.await_settled(soon_ms);
  CHECK(system.charges(waits.number).integer("charges") == 0);
  system.check_books();

  // 53: closed before the payer pays; paid in the next attempt, once.
  const Order pays{.number = "closed-2", .amount = 10'053, .callback_url = system.callback_url()};
  const auto paid = accepted(merchant, pays);
  system.await_state(paid, "awaiting_payer", soon_ms);
  CHECK(merchant.close(paid).status == 202);
  system.await_state(paid, "closed", soon_ms);
  Order with_code = pays;
  with_code.attempt = 2;
  with_code.code = code;
  CHECK(merchant.create(with_code).status == 202);
  system.await_state(paid, "succeeded", at_last_ms);
  CHECK(attempts_of(merchant.payment(paid).json) == "1 closed, 2 succeeded");
  CHECK(system.charges(pays.number).integer("charges") == 1);
  Order third = pays;
  third.attempt = 3;
  const auto over = merchant.create(third);
  check_problem(over, 409, "attempt_not_open");
  CHECK(state_in(over) == "succeeded");
  check_problem(merchant.close(paid), 409, "not_closable");
  check_problem(merchant.close_number(pays.number, 3), 409, "not_closable");
  system.await_settled(soon_ms);
  system.check_books();
}

TEST_CASE("A success that comes before a close wins: the close is refused, and the payment succeeded (P13)") {
  System system;
  const auto& merchant = system.merchant();
  const Order order{.number = "race-1", .amount = 10'061, .callback_url = system.callback_url()};
  const auto id = accepted(merchant, order);
  system.await_state(id, "awaiting_payer", soon_ms);
  CHECK(merchant.close_number(order.number, 1).status == 202);
  system.await_state(id, "succeeded", soon_ms);
  CHECK(close_of(merchant.payment(id).json) == "refused already_paid");
  CHECK(system.charges(order.number).integer("charges") == 1);
  CHECK(system.charges(order.number).integer("refunded_amount") == 0);
  system.await_settled(soon_ms);
  system.check_books();
}

TEST_CASE("A close may come before its payment, which then ends closed and is never sent (P12)") {
  System system;
  const auto& merchant = system.merchant();
  const auto asked = merchant.close_number("early-1");
  INFO(asked.body);
  CHECK(asked.status == 202);
  CHECK(asked.body == R"({"merchant_order_id":"early-1","attempt":1,"close":{"state":"asked"}})");
  CHECK(merchant.close_number("early-1").status == 202);  // asking twice is harmless
  const Order order{.number = "early-1", .amount = 1'000, .callback_url = system.callback_url()};
  const auto id = accepted(merchant, order);
  system.await_state(id, "closed", soon_ms);
  system.await_settled(soon_ms);
  CHECK(system.charges("early-1").integer("requests") == 0);
  CHECK(system.callbacks(id) == "payment.closed");

  // Its next attempt is a new try. A close that names that one first holds it as well.
  CHECK(merchant.close_number("early-1", 2).status == 202);
  Order second = order;
  second.attempt = 2;
  CHECK(merchant.create(second).status == 202);
  await_equal("both attempts", soon_ms, std::string("1 closed, 2 closed"),
              [&] { return attempts_of(merchant.payment(id).json); });
  Order third = order;
  third.attempt = 3;
  CHECK(merchant.create(third).status == 202);
  system.await_state(id, "succeeded", soon_ms);
  CHECK(system.charges("early-1").integer("charges") == 1);
  CHECK(system.charges("early-1").integer("requests") == 1);
  system.await_settled(soon_ms);
  system.check_books();
}

TEST_CASE("A close by id names the attempt that was accepted last, also while nobody has stored it") {
  System system;
  const auto& merchant = system.merchant();
  const Order first{.number = "ahead-1", .amount = 10'060};
  const auto id = accepted(merchant, first);
  CHECK(merchant.close(id).status == 202);
  system.await_state(id, "closed", soon_ms);
  system.kill("settlement-1");
  Order second = first;
  second.attempt = 2;
  CHECK(merchant.create(second).status == 202);
  const auto again = merchant.create(second);
  INFO(again.body);
  CHECK(again.status == 200);
  CHECK(attempts_of(again.json) == "1 closed, 2 accepted");
  const auto closing = merchant.close(id);
  INFO(closing.body);
  CHECK(closing.status == 202);
  CHECK(closing.body ==
        R"({"payment_id":")" + id + R"(","merchant_order_id":"ahead-1","attempt":2,"close":{"state":"asked"}})");
  system.start("settlement-1");
  await_equal("both attempts", at_last_ms, std::string("1 closed, 2 closed"),
              [&] { return attempts_of(merchant.payment(id).json); });
  system.await_settled(at_last_ms);
  CHECK(system.charges(first.number).integer("charges") == 0);
  system.check_books();
}

TEST_CASE("An attempt that another took the place of is refused under its own id, and the payment is as it was (P11)") {
  System system;
  const auto& merchant = system.merchant();
  const Order first{.number = "twice-2", .amount = 10'051};
  const auto id = accepted(merchant, first);
  system.await_state(id, "declined", soon_ms);
  Order second = first;
  second.attempt = 2;
  CHECK(merchant.create(second).status == 202);
  await_equal("both attempts", soon_ms, std::string("1 declined, 2 declined"),
              [&] { return attempts_of(merchant.payment(id).json); });

  // As a gateway without Redis would have offered it at the same moment.
  PaymentRequested other;
  other.payment_id = PaymentId::parse(id).value();
  other.intent_id = make_intent_id(runtime::unix_ms(), route_of(other.payment_id), crypto::random_word());
  other.merchant_id = merchant.id();
  other.merchant_order_id = first.number;
  other.attempt = 2;
  other.amount = first.amount;
  other.currency = Currency::parse("CNY").value();
  other.accepted_at_ms = runtime::unix_ms();
  other.expires_at_ms = runtime::unix_ms() + 600'000;
  other.fingerprint = {1, 2, 3, 4, 5, 6, 7};
  system.topic().produce(partition_of(route_of(other.payment_id), Topic::partitions), record_key(other),
                         codec::encode_intent(other));
  const auto own = same_bytes<PaymentId>(other.intent_id).text();
  system.await_state(own, "refused", soon_ms);
  CHECK(merchant.payment(own).text("decline_code") == "fields_differ");
  check_problem(merchant.close(own), 409, "not_closable");
  CHECK(attempts_of(merchant.payment(id).json) == "1 declined, 2 declined");
  CHECK(system.charges(first.number).integer("requests") == 2);
  system.await_settled(soon_ms);
  system.check_books();
}

TEST_CASE("What cannot be closed is told so, and nothing is kept of it") {
  System system;
  const auto& merchant = system.merchant();
  const auto id = accepted(merchant, {.number = "final-1"});
  system.await_state(id, "succeeded", soon_ms);
  const auto records = system.topic().records_in_all();
  const auto final = merchant.close(id);
  check_problem(final, 409, "not_closable");
  CHECK(state_in(final) == "succeeded");
  CHECK(final.text("payment_id") == id);
  check_problem(merchant.close_number("final-1"), 409, "not_closable");

  check_problem(merchant.close("pay_nonsense"), 404, "not_found");
  const auto young = make_payment_id(runtime::unix_ms(), route_hash(merchant.id(), "never"), crypto::random_word());
  check_problem(merchant.close(young.text()), 503, "not_yet_known");
  const auto old = make_payment_id(runtime::unix_ms() - 120'000, route_hash(merchant.id(), "never"), 7);
  const auto nobodys = merchant.close(old.text());
  check_problem(nobodys, 404, "not_found");
  CHECK(nobodys.text("money") == "untouched");
  const auto stranger = system.create_merchant("stranger");
  check_problem(stranger.close(id), 503, "not_yet_known");  // young: it may be the stranger's own, on its way

  const auto wrong = merchant.send("POST", "/v1/payments/close", R"({"merchant_order_id":"a b","attempt":21})");
  check_problem(wrong, 422, "invalid_field");
  CHECK(wrong.faults() == "/merchant_order_id=format /attempt=range");
  check_problem(merchant.send("POST", "/v1/payments/" + id + "/close", R"({"attempt":1})"), 422, "invalid_field");
  CHECK(merchant.send("GET", "/v1/payments/" + id + "/close", {}).header("Allow") == "POST");
  check_problem(ask("POST", system.url("gateway-1") + "/v1/payments/close", R"({"merchant_order_id":"final-1"})"), 401,
                "unauthorized");
  CHECK(system.topic().records_in_all() == records);
  system.check_books();
}

TEST_CASE("A barcode's later attempt is charged though it was sealed on another day than its payment (P24)") {
  System system;
  const auto& shop = system.merchant();
  Order order{.number = "midnight", .amount = 1'051, .code = "134567890123456789"};
  const auto first = shop.create(order);
  INFO(first.body);
  REQUIRE(first.status == 202);
  const auto id = first.text("payment_id");
  system.await_state(id, "declined", soon_ms);
  // The payment was made the day before; the attempt that follows is sealed under today's key.
  REQUIRE(system.database().execute("UPDATE payments SET created_at_ms = created_at_ms - 86400000") == 1);
  order.attempt = 2;
  REQUIRE(shop.create(order).status == 202);
  await_equal("charge requests", soon_ms, std::int64_t{2},
              [&] { return system.charges("midnight").integer("requests"); });
  await_equal("attempts", soon_ms, std::string("1 declined, 2 declined"),
              [&] { return attempts_of(shop.payment(id).json); });
}
