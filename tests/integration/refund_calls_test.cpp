// Money back: a refund's whole way, what a repeated one gets, and that no way of asking gives back more than was taken.
#include <catch2/catch.hpp>
#include <functional>
#include <thread>

#include "common/codec/intent_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/domain/idempotency.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

void check_problem(const Answer& answer, int status, const std::string& problem) {
  INFO(answer.body);
  CHECK(answer.status == status);
  CHECK(answer.text("code") == problem);
}

/// A payment that can be refunded: its id.
std::string paid(System& system, const std::string& number, std::int64_t amount) {
  const auto answer = system.merchant().create(Order{.number = number, .amount = amount});
  INFO(answer.body);
  REQUIRE(answer.status == 202);
  system.await_state(answer.text("payment_id"), "succeeded", soon_ms);
  return answer.text("payment_id");
}

std::string accepted(const Answer& answer) {
  INFO(answer.body);
  REQUIRE(answer.status == 202);
  CHECK(answer.text("state") == "accepted");
  CHECK(answer.header("Location") == "/v1/refunds/" + answer.text("refund_id"));
  return answer.text("refund_id");
}

void await_refund(const Merchant& merchant, const std::string& refund_id, const std::string& state) {
  await_equal("the state of " + refund_id, soon_ms, state, [&] { return merchant.refund(refund_id).text("state"); });
}

/// The payment is read from the cache, which is written behind the commit that the refund is read from.
void await_refunded(const Merchant& merchant, const std::string& payment_id, std::int64_t amount) {
  await_equal("refunded_amount", soon_ms, amount,
              [&] { return merchant.payment(payment_id).integer("refunded_amount"); });
}

/// "r-2 failed refund_exceeds, r-1 succeeded": newest first.
std::string refunds_of(const Merchant& merchant, const std::string& payment_id) {
  const auto answer = merchant.refunds_of(payment_id);
  INFO(answer.body);
  CHECK(answer.status == 200);
  const auto* next = answer.json.find("next_cursor");
  CHECK((next != nullptr && next->is_null()));
  std::string all;
  const auto* data = answer.json.find("data");
  if (data == nullptr || data->array() == nullptr) return "no data";
  for (const auto& refund : *data->array()) {
    if (!all.empty()) all += ", ";
    all += std::string(refund.string_or("merchant_refund_id", refund.string_or("origin"))) + " ";
    all += refund.string_or("state");
    const auto code = std::string(refund.string_or("code"));
    if (!code.empty()) all += " " + code;
  }
  return all;
}

std::vector<Answer> at_once(std::size_t count, const std::function<Answer(std::size_t)>& ask_one) {
  std::vector<Answer> answers(count);
  std::vector<std::thread> askers;
  for (std::size_t i = 0; i < count; ++i) askers.emplace_back([&, i] { answers[i] = ask_one(i); });
  for (auto& asker : askers) asker.join();
  return answers;
}

std::string reservation_key(const Merchant& merchant, const std::string& number) {
  return "acq:r:" + crypto::hex_encode(merchant.id().raw()) + ":" + number;
}

}  // namespace

TEST_CASE("A refund is accepted, passes the gate, is given back once and shows in its payment (P8, P14)") {
  System system;
  const auto& merchant = system.merchant();
  const auto payment = paid(system, "back-1", 1'000);
  const auto before = merchant.payment(payment);
  CHECK(before.integer("refunded_amount") == 0);
  CHECK(refunds_of(merchant, payment).empty());

  const auto answer = merchant.refund(payment, "r-1", 600, "too small");
  const auto id = accepted(answer);
  CHECK(answer.text("payment_id") == payment);
  CHECK(answer.text("merchant_order_id") == "back-1");
  CHECK(answer.text("merchant_refund_id") == "r-1");
  CHECK(answer.integer("amount") == 600);
  CHECK(answer.text("currency") == "CNY");
  CHECK(answer.text("origin") == "merchant");
  CHECK(answer.text("reason") == "too small");
  await_refund(merchant, id, "succeeded");

  const auto shown = merchant.refund(id);
  CHECK(shown.text("reason") == "too small");
  CHECK(shown.json.find("code") == nullptr);
  CHECK(merchant.refund_by_number("r-1").body == shown.body);
  CHECK(merchant
            .send("GET", "/v1/refunds/" + id, {}, 0,
                  [&](auto& request) { request.headers.emplace_back("If-None-Match", shown.header("ETag")); })
            .status == 304);
  await_refunded(merchant, payment, 600);
  const auto after = merchant.payment(payment);
  CHECK(after.integer("sequence") == before.integer("sequence") + 1);
  CHECK(after.text("state") == "succeeded");
  CHECK(system.charges("back-1").integer("refunded_amount") == 600);

  // What is left, early and exactly; then the rest.
  const auto exceeds = merchant.refund(payment, "r-2", 401);
  check_problem(exceeds, 422, "refund_exceeds");
  CHECK(exceeds.integer("remaining") == 400);
  CHECK(exceeds.text("money") == "possibly");
  await_refund(merchant, accepted(merchant.refund(payment, "r-3", 400)), "succeeded");
  const auto nothing = merchant.refund(payment, "r-4", 1);
  check_problem(nothing, 422, "refund_exceeds");
  CHECK(nothing.integer("remaining") == 0);
  await_refunded(merchant, payment, 1'000);
  CHECK(refunds_of(merchant, payment) == "r-3 succeeded, r-1 succeeded");
  CHECK(system.charges("back-1").integer("refunds") == 2);
  CHECK(system.charges("back-1").integer("refunded_amount") == 1'000);
  CHECK(system.topic().records_in_all() == 3);
  system.await_settled(soon_ms);
  system.check_books();
}

TEST_CASE("A repeated refund is answered and not done, whatever Redis remembers (P2, P8)") {
  System system;
  const auto& merchant = system.merchant();
  const auto payment = paid(system, "again-1", 1'000);
  const auto other = paid(system, "again-2", 1'000);
  const auto id = accepted(merchant.refund(payment, "r-1", 1'000, "broken"));
  await_refund(merchant, id, "succeeded");

  for (const bool redis_remembers : {true, false}) {
    INFO("Redis remembers: " << redis_remembers);
    if (!redis_remembers) system.redis({"FLUSHALL"});
    // All of it is given back: the number comes before what is left.
    const auto same = merchant.refund(payment, "r-1", 1'000, "broken");
    INFO(same.body);
    CHECK(same.status == 200);
    CHECK(same.header("Idempotent-Replayed") == "true");
    CHECK(same.text("refund_id") == id);
    CHECK(same.text("state") == "succeeded");
    const auto differs = [&](const Answer& answer, const std::string& faults) {
      check_problem(answer, 422, "fields_differ");
      CHECK(answer.faults() == faults);
    };
    differs(merchant.refund(payment, "r-1", 999, "broken"), "/amount=differs");
    differs(merchant.refund(payment, "r-1", 1'000), "/reason=differs");
    differs(merchant.refund(other, "r-1", 1'000, "broken"), "/payment_id=differs");
    differs(merchant.refund(other, "r-1", 1), "/payment_id=differs /amount=differs /reason=differs");
    CHECK(merchant.refund_by_number("r-1").text("refund_id") == id);
  }
  CHECK(system.charges_in_all() == 2);
  CHECK(system.charges("again-1").integer("refunds") == 1);
  CHECK(system.charges("again-2").integer("refunds") == 0);
  CHECK(system.topic().records_in_all() == 3);
  system.await_settled(soon_ms);
  system.check_books();
}

TEST_CASE("What is reserved under a refund's number decides who may offer it (P2)") {
  System system;
  const auto& merchant = system.merchant();
  const auto payment = paid(system, "held-1", 1'000);
  accepted(merchant.refund(payment, "r-1", 100));
  auto text = system.redis({"GET", reservation_key(merchant, "r-1")});
  REQUIRE_FALSE(text.empty());
  text.pop_back();
  // As a gateway leaves it that offers the same refund under another number, and has died, or has not.
  auto reservation = decode_reservation(text).value();
  const auto reserve = [&](const std::string& number, std::int64_t deadline_ms, bool persisted) {
    reservation.payment_id =
        make_payment_id(runtime::unix_ms(), route_of(reservation.payment_id), crypto::random_word());
    reservation.deadline_ms = deadline_ms;
    reservation.persisted = persisted;
    system.redis({"SET", reservation_key(merchant, number), encode_reservation(reservation)});
    return same_bytes<RefundId>(reservation.payment_id).text();
  };
  constexpr std::int64_t long_ms = 600'000;

  const auto living = reserve("r-2", runtime::unix_ms() + long_ms, false);
  const auto in_progress = merchant.refund(payment, "r-2", 100);
  check_problem(in_progress, 409, "in_progress");
  CHECK(in_progress.text("refund_id") == living);
  CHECK_FALSE(in_progress.header("Retry-After").empty());
  check_problem(merchant.refund(payment, "r-2", 101), 409, "in_progress");
  check_problem(merchant.refund(payment, "r-2", 5'000), 409, "in_progress");  // before what is left

  const auto dead = reserve("r-3", runtime::unix_ms() - 1, false);
  CHECK(accepted(merchant.refund(payment, "r-3", 100)) == dead);
  const auto other_fields = reserve("r-4", runtime::unix_ms() - 1, false);
  check_problem(merchant.refund(payment, "r-4", 5'000), 422, "refund_exceeds");  // a dead request owns nothing
  CHECK(accepted(merchant.refund(payment, "r-4", 101)) != other_fields);

  const auto persisted = reserve("r-5", runtime::unix_ms() - 1, true);
  const auto replayed = merchant.refund(payment, "r-5", 100);
  CHECK(replayed.status == 200);
  CHECK(replayed.header("Idempotent-Replayed") == "true");
  CHECK(replayed.text("refund_id") == persisted);
  CHECK(replayed.text("state") == "accepted");
  check_problem(merchant.refund(payment, "r-5", 101), 422, "fields_differ");
  // Never on the log, but reserved: nobody may say "not found" of it.
  check_problem(merchant.refund_by_number("r-5"), 503, "not_yet_known");
  check_problem(merchant.refund(persisted), 503, "not_yet_known");

  await_refunded(merchant, payment, 301);
  system.await_settled(soon_ms);
  CHECK(system.charges("held-1").integer("refunded_amount") == 301);
  system.check_books();
}

TEST_CASE("A gateway that dies around its offer leaves a refund that is done once (P2, P4)") {
  System system;
  const auto& merchant = system.merchant();
  const auto payment = paid(system, "died-1", 1'000);
  const std::string point = GENERATE("reserved", "log_reported");
  INFO(point);
  system.stop("gateway-1");
  system.arm("gateway-1", {{"ACQ_CRASH_AT", point + ":1"}});
  system.start("gateway-1");
  CHECK(merchant.refund(payment, "r-1", 600).status == 0);
  await("its end", soon_ms, [&] { return !system.running("gateway-1"); });
  system.start("gateway-1");
  std::string id;
  await("the refund is answered", soon_ms, [&] {
    const auto answer = merchant.refund(payment, "r-1", 600);
    INFO(answer.body);
    if (answer.status == 409) CHECK(answer.text("code") == "in_progress");
    if (answer.status != 202 && answer.status != 200) return false;
    id = answer.text("refund_id");
    return true;
  });
  await_refund(merchant, id, "succeeded");
  await_refunded(merchant, payment, 600);
  CHECK(system.charges("died-1").integer("refunds") == 1);
  CHECK(refunds_of(merchant, payment) == "r-1 succeeded");
  system.await_settled(soon_ms);
  system.check_books();
}

TEST_CASE("Of a hundred refunds of 60 % at once one passes the gate (P14)") {
  System system;
  const auto& merchant = system.merchant();
  const auto payment = paid(system, "race-1", 1'000);
  const auto answers =
      at_once(100, [&](std::size_t i) { return merchant.refund(payment, "r-" + std::to_string(i), 600); });
  std::vector<std::string> taken;
  for (const auto& answer : answers) {
    INFO(answer.body);
    if (answer.status == 202) {
      taken.push_back(answer.text("refund_id"));
    } else {
      check_problem(answer, 422, "refund_exceeds");
      CHECK(answer.integer("remaining") == 400);
    }
  }
  REQUIRE_FALSE(taken.empty());
  INFO(taken.size() << " were accepted");
  system.await_settled(soon_ms);

  int succeeded = 0;
  for (const auto& id : taken) {
    const auto refund = merchant.refund(id);
    INFO(refund.body);
    CHECK(refund.status == 200);
    if (refund.text("state") == "succeeded") {
      ++succeeded;
    } else {
      CHECK(refund.text("state") == "failed");
      CHECK(refund.text("code") == "refund_exceeds");
    }
  }
  CHECK(succeeded == 1);
  await_refunded(merchant, payment, 600);
  const auto sim = system.charges("race-1");
  CHECK(sim.integer("refunds") == 1);
  CHECK(sim.integer("refunded_amount") == 600);
  CHECK(system.database().number("SELECT refunded FROM refund_gates") == 600);
  CHECK(system.database().number("SELECT refunding FROM refund_gates") == 0);
  CHECK(system.database().number("SELECT COUNT(*) FROM refunds") == static_cast<std::int64_t>(taken.size()));
  system.check_books();
}

TEST_CASE("A hundred times the same refund at once is one refund, with Redis and without (P2, P11)") {
  System system;
  const auto& merchant = system.merchant();
  const auto payment = paid(system, "storm-1", 1'000);
  const bool with_redis = GENERATE(true, false);
  INFO("Redis is there: " << with_redis);
  if (!with_redis) system.kill("redis");
  const auto answers = at_once(100, [&](std::size_t) { return merchant.refund(payment, "r-1", 300); });
  system.await_settled(soon_ms);
  int fresh = 0;
  std::string first;
  for (const auto& answer : answers) {
    INFO(answer.body);
    const bool in_progress = answer.status == 409 && answer.text("code") == "in_progress";
    CHECK((answer.status == 202 || answer.status == 200 || in_progress));
    if (answer.status == 202) ++fresh;
    if (in_progress) continue;
    // Whatever id it was answered with, it is the same refund.
    const auto refund = merchant.refund(answer.text("refund_id"));
    CHECK(refund.status == 200);
    CHECK(refund.text("state") == "succeeded");
    if (first.empty()) first = refund.text("refund_id");
    CHECK(refund.text("refund_id") == first);
  }
  if (with_redis) {
    CHECK(fresh == 1);
  } else {
    CHECK(fresh > 0);
    const auto* aliases = merchant.refund(first).json.find("aliases");
    const bool listed = aliases != nullptr && aliases->array() != nullptr;
    CHECK((listed ? aliases->array()->size() : 0) == static_cast<std::size_t>(fresh - 1));
  }
  CHECK(merchant.refund_by_number("r-1").text("refund_id") == first);
  CHECK(refunds_of(merchant, payment) == "r-1 succeeded");
  await_refunded(merchant, payment, 300);
  CHECK(system.charges("storm-1").integer("refunds") == 1);
  system.check_books();
}

TEST_CASE("Every fate of a refund ends as the channel decided, and what failed can be asked back again (P14, P21)") {
  System system;
  const auto& merchant = system.merchant();
  const auto payment = paid(system, "fates-1", 1'000);
  const auto refused = accepted(merchant.refund(payment, "r-71", 171));
  const auto lost = accepted(merchant.refund(payment, "r-72", 172));
  const auto pending = accepted(merchant.refund(payment, "r-73", 173));
  const auto broken = accepted(merchant.refund(payment, "r-74", 174));
  await_refund(merchant, refused, "failed");
  CHECK(merchant.refund(refused).text("code") == "refund_declined");
  system.await_settled(at_last_ms);
  for (const auto& id : {lost, pending, broken}) CHECK(merchant.refund(id).text("state") == "succeeded");
  CHECK(refunds_of(merchant, payment) == "r-74 succeeded, r-73 succeeded, r-72 succeeded, r-71 failed refund_declined");
  await_refunded(merchant, payment, 519);
  CHECK(system.charges("fates-1").integer("refunds") == 3);
  CHECK(system.charges("fates-1").integer("refunded_amount") == 519);

  const auto exceeds = merchant.refund(payment, "r-75", 482);
  check_problem(exceeds, 422, "refund_exceeds");
  CHECK(exceeds.integer("remaining") == 481);
  await_refund(merchant, accepted(merchant.refund(payment, "r-76", 481)), "succeeded");
  await_refunded(merchant, payment, 1'000);
  // The one that failed is answered as it is: its number was used.
  const auto again = merchant.refund(payment, "r-71", 171);
  CHECK(again.status == 200);
  CHECK(again.text("state") == "failed");
  system.await_settled(soon_ms);
  system.check_books();
}

TEST_CASE("A refund on the log before its payment is shown as accepted, and done when the payment comes (P11)") {
  System system;
  const auto& merchant = system.merchant();
  const std::int64_t now = runtime::unix_ms();
  PaymentRequested create;
  create.payment_id = make_payment_id(now, route_hash(merchant.id(), "later-1"), crypto::random_word());
  create.intent_id = same_bytes<IntentId>(create.payment_id);
  create.merchant_id = merchant.id();
  create.merchant_order_id = "later-1";
  create.amount = 1'000;
  create.currency = Currency::parse("CNY").value();
  create.accepted_at_ms = now;
  create.expires_at_ms = now + 600'000;
  RefundRequested refund;
  refund.refund_id = make_refund_id(now, route_of(create.payment_id), crypto::random_word());
  refund.intent_id = same_bytes<IntentId>(refund.refund_id);
  refund.payment_id = create.payment_id;
  refund.merchant_id = merchant.id();
  refund.merchant_order_id = "later-1";
  refund.merchant_refund_id = "r-1";
  refund.amount = 600;
  refund.currency = create.currency;
  refund.accepted_at_ms = now;
  const auto partition = partition_of(route_of(create.payment_id), Topic::partitions);
  const auto id = refund.refund_id.text();
  system.topic().produce(partition, record_key(refund), codec::encode_intent(refund));
  await_refund(merchant, id, "accepted");
  CHECK(merchant.refund_by_number("r-1").text("refund_id") == id);
  CHECK(system.create_merchant("stranger").refund(id).status == 503);  // not his, and young

  system.topic().produce(partition, record_key(create), codec::encode_intent(create));
  system.await_state(create.payment_id.text(), "succeeded", soon_ms);
  await_refund(merchant, id, "succeeded");
  CHECK(refunds_of(merchant, create.payment_id.text()) == "r-1 succeeded");
  await_refunded(merchant, create.payment_id.text(), 600);
  CHECK(system.charges("later-1").integer("refunds") == 1);
  system.await_settled(soon_ms);
  system.check_books();
}

TEST_CASE("What cannot be refunded is refused by its name and changes nothing") {
  System system;
  const auto& merchant = system.merchant();
  const auto payment = paid(system, "no-1", 1'000);
  const auto declined = merchant.create(Order{.number = "no-2", .amount = 10'051}).text("payment_id");
  const auto waits = merchant.create(Order{.number = "no-3", .amount = 10'060}).text("payment_id");
  system.await_state(declined, "declined", soon_ms);
  system.await_state(waits, "awaiting_payer", soon_ms);
  const auto done = accepted(merchant.refund(payment, "r-1", 100));
  await_refund(merchant, done, "succeeded");
  const auto records = system.topic().records_in_all();

  SECTION("one system answers every one of them") {
    INFO("the payment's state");
    const auto not_refundable = [&](const std::string& id, const std::string& state) {
      const auto answer = merchant.refund(id, "r-2", 1);
      check_problem(answer, 409, "not_refundable");
      const auto* shown = answer.json.find("payment");
      REQUIRE(shown != nullptr);
      CHECK(shown->string_or("payment_id") == id);
      CHECK(shown->string_or("state") == state);
    };
    not_refundable(declined, "declined");
    not_refundable(waits, "awaiting_payer");

    INFO("the body");
    const std::string target = "/v1/payments/" + payment + "/refunds";
    const auto refused = [&](const std::string& body, const std::string& faults) {
      const auto answer = merchant.send("POST", target, body);
      check_problem(answer, 422, "invalid_field");
      CHECK(answer.faults() == faults);
      CHECK(answer.text("money") == "not_looked_up");
    };
    refused("{}", "/merchant_refund_id=required /amount=required");
    for (const char* amount : {"1.0", "1e2", R"("100")", "null"})
      refused(R"({"merchant_refund_id":"r-2","amount":)" + std::string(amount) + "}", "/amount=type");
    for (const char* amount : {"0", "-1", "1000000000001", "9223372036854775808"})
      refused(R"({"merchant_refund_id":"r-2","amount":)" + std::string(amount) + "}", "/amount=range");
    refused(R"({"merchant_refund_id":"r 2","amount":1,"currency":"CNY"})",
            "/merchant_refund_id=format /currency=unknown");
    check_problem(merchant.send("POST", target, R"({"merchant_refund_id":"r-2","amount":1,"amount":1})"), 400,
                  "duplicate_member");
    check_problem(merchant.send("POST", target, R"({"merchant_refund_id":"r-2")"), 400, "malformed_json");
    check_problem(merchant.send("POST", target, R"({"merchant_refund_id":"r-2","amount":1})", 0,
                                [](auto& request) { request.content_type = "text/plain"; }),
                  415, "unsupported_media_type");
    check_problem(merchant.send("PUT", target, {}), 405, "method_not_allowed");

    INFO("names");
    check_problem(merchant.refund("pay_nonsense", "r-2", 1), 404, "not_found");
    check_problem(merchant.refund("ref_nonsense"), 404, "not_found");
    check_problem(merchant.get("/v1/refunds"), 422, "invalid_field");
    check_problem(merchant.get("/v1/refunds?merchant_refund_id=r+2"), 422, "invalid_field");
    check_problem(merchant.get("/v1/payments/" + payment + "/refunds?cursor=nonsense"), 400, "bad_cursor");
    constexpr std::int64_t ago_ms = 120'000;
    const auto old_id =
        make_refund_id(runtime::unix_ms() - ago_ms, route_hash(merchant.id(), "x"), crypto::random_word()).text();
    await_equal("an old id that nobody has", soon_ms, 404, [&] { return merchant.refund(old_id).status; });
    const auto young = make_refund_id(runtime::unix_ms(), route_hash(merchant.id(), "x"), crypto::random_word()).text();
    check_problem(merchant.refund(young), 503, "not_yet_known");
    check_problem(merchant.refund_by_number("r-9"), 503, "not_yet_known");  // Redis has not been whole for long

    INFO("a gateway whose Redis has been whole for long knows that a number was never used");
    system.redis({"SET", "acq:whole", std::to_string(runtime::unix_ms() - ago_ms)});
    await_equal("the number that nobody has", at_last_ms, 404, [&] { return merchant.refund_by_number("r-9").status; });

    INFO("another merchant's");
    const auto stranger = system.create_merchant("stranger");
    await_equal("the stranger's read of the refund", at_last_ms, 404, [&] { return stranger.refund(done).status; });
    await_equal("the stranger's refund", at_last_ms, 404, [&] { return stranger.refund(payment, "r-3", 1).status; });
    CHECK(stranger.refund(payment, "r-3", 1).text("money") == "untouched");
    check_problem(stranger.refunds_of(payment), 404, "not_found");
    CHECK(stranger.refund_by_number("r-1").status != 200);
    CHECK(merchant.refund(done).status == 200);

    INFO("limits");
    system.database().execute("UPDATE refund_gates SET refunds = 50");
    check_problem(merchant.refund(payment, "r-2", 1), 409, "not_refundable");
    CHECK(merchant.refund(payment, "r-1", 100).status == 200);  // asked before: answered
    system.database().execute("UPDATE refund_gates SET refunds = 49");
    constexpr std::int64_t year_ms = 365LL * 24 * 3600 * 1000;
    system.database().execute("UPDATE payments SET created_at_ms = created_at_ms - ?", {year_ms});
    check_problem(merchant.refund(payment, "r-2", 1), 409, "not_refundable");
    system.database().execute("UPDATE payments SET created_at_ms = created_at_ms + ?", {year_ms});

    INFO("nothing has happened");
    CHECK(system.topic().records_in_all() == records);
    CHECK(system.database().number("SELECT COUNT(*) FROM refunds") == 1);
    CHECK(system.charges("no-1").integer("refunds") == 1);
    CHECK(system.redis({"EXISTS", reservation_key(merchant, "r-2")}) == "0\n");

    INFO("the last one, and an automatic one in the list");
    await_refund(merchant, accepted(merchant.refund(payment, "r-2", 1)), "succeeded");
    system.database().execute(
        "INSERT INTO refunds (refund_id, payment_id, attempt, origin, partition_id, merchant_id, merchant_order_id, "
        "amount, currency, state, code, channel_reference, created_at_ms, updated_at_ms, sent_at_ms, queries) "
        "SELECT ?, payment_id, 9, 'automatic', partition_id, merchant_id, merchant_order_id, amount, currency, "
        "'succeeded', '', '', created_at_ms, updated_at_ms, sent_at_ms, 0 FROM payments WHERE merchant_order_id = "
        "'no-1'",
        {std::string(automatic_refund_id(PaymentId::parse(payment).value(), 9).raw())});
    CHECK(refunds_of(merchant, payment) == "r-2 succeeded, r-1 succeeded, automatic succeeded");
  }
}
