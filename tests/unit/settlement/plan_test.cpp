// What one batch decides: P11's verdicts, P20's staleness, and that two inputs about one payment see each other.
#include "settlement/writer/plan.hpp"

#include <catch2/catch.hpp>

#include "common/limits.hpp"

using namespace acq;
using namespace acq::settlement;

namespace {

constexpr std::int64_t now = 1'800'000'000'000;

double no_jitter() {
  return 0;
}

MerchantId merchant() {
  return make_merchant_id(now, 1, 2);
}

KeyHash key_of(const std::string& order, std::int32_t attempt) {
  KeyHash key{};
  std::copy_n(order.begin(), std::min(order.size(), key.size() - 1), key.begin());
  key.back() = static_cast<std::uint8_t>(attempt);
  return key;
}

bool writes_nothing(const Plan& made) {
  return made.inserts.empty() && made.updates.empty() && made.keys.empty() && made.taken_keys.empty() &&
         made.aliases.empty() && made.verdicts.empty() && made.parked.empty() && made.incidents.empty() &&
         made.new_refunds.empty() && made.refund_updates.empty() && made.gates.empty() && made.effects.empty();
}

LogIntent record(std::int64_t offset, std::uint64_t random, const std::string& order, std::uint32_t amount_hash = 7) {
  LogIntent one;
  one.log_offset = offset;
  one.append_ms = now - 5;
  PaymentRequested intent;
  intent.payment_id = make_payment_id(now - 10, route_hash(merchant(), order), random);
  intent.intent_id.bytes = intent.payment_id.bytes;
  intent.merchant_id = merchant();
  intent.merchant_order_id = order;
  intent.amount = 100;
  intent.currency = Currency::parse("CNY").value();
  intent.callback_url = "https://shop.example/callbacks";
  intent.accepted_at_ms = now - 10;
  intent.expires_at_ms = now + 60'000;
  intent.fingerprint[0] = amount_hash;
  one.key = key_of(order, 1);
  one.intent = std::move(intent);
  return one;
}

PaymentRequested& asked(LogIntent& one) {
  return std::get<PaymentRequested>(one.intent);
}
const PaymentRequested& asked(const LogIntent& one) {
  return std::get<PaymentRequested>(one.intent);
}

/// Its payment's next attempt, under an intent id of its own.
LogIntent attempt_of(const LogIntent& first, std::int32_t attempt, std::int64_t offset, std::uint32_t method_hash = 9) {
  LogIntent one = first;
  one.log_offset = offset;
  auto& intent = asked(one);
  intent.intent_id = make_intent_id(now, route_of(intent.payment_id), static_cast<std::uint64_t>(offset));
  intent.attempt = attempt;
  intent.fingerprint[2] = method_hash;
  one.key = key_of(intent.merchant_order_id, attempt);
  return one;
}

LogIntent close_of(const std::string& order, std::int32_t attempt, std::int64_t offset) {
  LogIntent one;
  one.log_offset = offset;
  one.append_ms = now - 5;
  CloseRequested intent;
  intent.merchant_id = merchant();
  intent.merchant_order_id = order;
  intent.attempt = attempt;
  intent.intent_id = make_intent_id(now, route_hash(merchant(), order), static_cast<std::uint64_t>(offset));
  one.key = key_of(order, attempt);
  one.intent = intent;
  return one;
}

LogIntent notification(const LogIntent& first, std::int32_t attempt, const std::string& status, std::int64_t offset) {
  const auto& about = asked(first);
  LogIntent one;
  one.log_offset = offset;
  one.append_ms = now - 5;
  ChannelNotified intent;
  intent.intent_id = make_intent_id(now, route_of(about.payment_id), static_cast<std::uint64_t>(offset));
  intent.payment_id = about.payment_id;
  intent.attempt = attempt;
  one.told.request_id = channel_request_id(about.payment_id, attempt);
  one.told.merchant_id = about.merchant_id.text();
  one.told.merchant_order_id = about.merchant_order_id;
  one.told.amount = about.amount;
  one.told.currency = "CNY";
  one.told.status = status;
  one.intent = intent;
  return one;
}

Plan plan(const std::vector<LogIntent>& intents, Known& known, const std::vector<Outcome>& outcomes = {},
          std::int64_t at = now) {
  return plan_batch(0, intents, outcomes, known, {at, {2'000}}, no_jitter);
}

ChannelAnswer answer(const Payment& payment, ChannelVerdict verdict) {
  ChannelAnswer one;
  one.payment_id = payment.payment_id;
  one.verdict = verdict;
  return one;
}

}  // namespace

TEST_CASE("a fresh intent becomes a processing payment with its key, and is charged after the commit (P18)") {
  Known known;
  const auto one = record(10, 1, "order-1");
  const auto made = plan({one}, known);
  REQUIRE(made.inserts.size() == 1);
  CHECK(made.inserts[0].state == PaymentState::processing);
  CHECK(made.inserts[0].sent_at_ms == now);
  CHECK(made.inserts[0].log_offset == 10);
  REQUIRE(made.keys.size() == 1);
  CHECK(made.keys[0].row.payment_id == asked(one).payment_id);
  REQUIRE(made.effects.size() == 1);
  CHECK(made.effects[0].effect == Effect::charge);
}

TEST_CASE("a doubled record changes nothing, in one batch and across two (P11)") {
  Known known;
  const auto one = record(10, 1, "order-1");
  auto again = one;
  again.log_offset = 11;
  const auto made = plan({one, again}, known);
  CHECK(made.inserts.size() == 1);
  CHECK(made.effects.size() == 1);

  Known stored;
  stored.keys.emplace(one.key, KeyRow{asked(one).payment_id, asked(one).fingerprint, 202701});
  CHECK(writes_nothing(plan({again}, stored)));
}

TEST_CASE("a second id for the same number and fields is an alias of the first, and is not charged (P3, P11)") {
  Known known;
  const auto first = record(10, 1, "order-1");
  const auto second = record(11, 2, "order-1");
  const auto made = plan({first, second}, known);
  CHECK(made.inserts.size() == 1);
  REQUIRE(made.aliases.size() == 1);
  CHECK(made.aliases[0].alias_id == asked(second).payment_id);
  CHECK(made.aliases[0].payment_id == asked(first).payment_id);
  CHECK(made.effects.size() == 1);
}

TEST_CASE("a second id for the same number with other fields is refused, told, and never sent (P11)") {
  Known known;
  const auto first = record(10, 1, "order-1", 7);
  const auto second = record(11, 2, "order-1", 8);
  const auto made = plan({first, second}, known);
  REQUIRE(made.inserts.size() == 2);
  CHECK(made.inserts[1].state == PaymentState::refused);
  CHECK(made.inserts[1].sent_at_ms == 0);
  CHECK(made.inserts[1].told_sequence < made.inserts[1].sequence);
  CHECK(made.keys.size() == 1);
  REQUIRE(made.effects.size() == 1);
  CHECK(made.effects[0].payment_id == asked(first).payment_id);

  SECTION("and a replay of it gets the same verdict") {
    auto again = second;
    again.log_offset = 12;
    CHECK(writes_nothing(plan({again}, known)));
  }
}

TEST_CASE("late work asks before it charges (P20)") {
  Known known;
  auto one = record(10, 1, "order-1");
  SECTION("applied long after its append") {
    one.append_ms = now - limits::stale_after_ms - 1;
  }
  SECTION("appended long after it was accepted: re-offered") {
    asked(one).accepted_at_ms = one.append_ms - limits::stale_after_ms - 1;
  }
  SECTION("past its expiry") {
    asked(one).expires_at_ms = now - 1;
  }
  const auto made = plan({one}, known);
  REQUIRE(made.effects.size() == 1);
  CHECK(made.effects[0].effect == Effect::query_now);
  CHECK(made.inserts[0].sent_at_ms == 0);
}

TEST_CASE("an intent and its outcome in one batch are one insert of the newest state") {
  Known known;
  const auto one = record(10, 1, "order-1");
  auto payment = payment_from(asked(one), 0, 10);
  const auto made = plan({one}, known, {answer(payment, ChannelVerdict::succeeded)});
  REQUIRE(made.inserts.size() == 1);
  CHECK(made.updates.empty());
  CHECK(made.inserts[0].state == PaymentState::succeeded);
}

TEST_CASE("several outcomes of one payment are one update with the last word") {
  Known known;
  const auto one = record(10, 1, "order-1");
  plan({one}, known);
  const auto payment = known.payments.at(asked(one).payment_id);
  const auto made = plan({}, known,
                         {answer(payment, ChannelVerdict::unanswered), answer(payment, ChannelVerdict::succeeded),
                          CallbackAnswer{payment.payment_id, 3, CallbackVerdict::acknowledged, 204, 0}});
  REQUIRE(made.updates.size() == 1);
  CHECK(made.updates[0].state == PaymentState::succeeded);
  CHECK(made.updates[0].told_sequence == made.updates[0].sequence);
  CHECK_FALSE(made.updates[0].is_open());
}

TEST_CASE("an answer that cannot be true is an incident and moves nothing") {
  Known known;
  const auto one = record(10, 1, "order-1");
  plan({one}, known);
  const auto payment = known.payments.at(asked(one).payment_id);
  plan({}, known, {answer(payment, ChannelVerdict::declined)});
  const auto made = plan({}, known, {answer(payment, ChannelVerdict::awaiting_payer)});
  CHECK(writes_nothing(made));  // an older answer, overtaken
  plan({}, known, {answer(payment, ChannelVerdict::succeeded)});
  const auto second = record(11, 2, "order-2");
  plan({second}, known);
  plan({}, known, {answer(known.payments.at(asked(second).payment_id), ChannelVerdict::succeeded)});
  const auto contradicted =
      plan({}, known, {answer(known.payments.at(asked(second).payment_id), ChannelVerdict::declined)});
  CHECK(contradicted.updates.empty());
  REQUIRE(contradicted.incidents.size() == 1);
  CHECK(contradicted.incidents[0].kind == "contradiction");
}

TEST_CASE("a success after its attempt had ended is given back once, through the attempt's own gate (P13, P14)") {
  Known known;
  const auto one = record(10, 1, "order-1");
  plan({one}, known);
  const auto payment = known.payments.at(asked(one).payment_id);
  plan({}, known, {answer(payment, ChannelVerdict::declined)});
  const auto made = plan({}, known, {answer(payment, ChannelVerdict::succeeded)});
  CHECK(made.updates.empty());
  CHECK(made.incidents.empty());
  REQUIRE(made.new_refunds.size() == 1);
  const auto refund = made.new_refunds[0];
  CHECK(refund.amount == payment.amount);
  CHECK(refund.origin == RefundOrigin::automatic);
  CHECK(refund.sent_at_ms == now);  // P18: committed before it leaves
  REQUIRE(made.gates.size() == 1);
  CHECK(made.gates[0].captured == payment.amount);
  CHECK(made.gates[0].refunding == payment.amount);
  REQUIRE(made.refund_steps.size() == 1);
  CHECK(made.refund_steps[0].second == RefundStep::send);

  SECTION("told again, by the channel or by a notification, it is nothing new") {
    CHECK(writes_nothing(plan({}, known, {answer(payment, ChannelVerdict::succeeded)})));
    const auto told = plan({notification(one, 1, "succeeded", 20)}, known);
    CHECK(told.new_refunds.empty());
    CHECK(told.verdicts.size() == 1);
  }
  SECTION("its success closes the gate") {
    const auto done =
        plan({}, known, {RefundAnswer{payment.payment_id, refund.refund_id, RefundVerdict::succeeded, {}, "sim-9"}});
    REQUIRE(done.refund_updates.size() == 1);
    CHECK(done.refund_updates[0].due_at_ms == 0);
    REQUIRE(done.gates.size() == 1);
    CHECK(done.gates[0].refunding == 0);
    CHECK(done.gates[0].refunded == payment.amount);
  }
  SECTION("its failure is an incident, and nothing is owed by itself any more") {
    const auto done =
        plan({}, known, {RefundAnswer{payment.payment_id, refund.refund_id, RefundVerdict::failed, "no_funds", {}}});
    REQUIRE(done.incidents.size() == 1);
    CHECK(done.incidents[0].kind == "refund_failed");
    CHECK(done.gates.at(0).refunded == 0);
  }
  SECTION("an attempt that follows keeps it apart: each attempt has its own gate") {
    const auto second = attempt_of(one, 2, 30);
    plan({second}, known);
    auto paid = answer(payment, ChannelVerdict::succeeded);
    paid.attempt = 2;
    const auto won = plan({}, known, {paid});
    CHECK(won.new_refunds.empty());
    CHECK(known.payments.at(payment.payment_id).state == PaymentState::succeeded);
  }
}

TEST_CASE("the next attempt begins on the same payment after a decline, and is charged under its own id (P8, P13)") {
  Known known;
  const auto one = record(10, 1, "order-1");
  plan({one}, known);
  const auto id = asked(one).payment_id;
  const auto second = attempt_of(one, 2, 30);

  SECTION("before the last one has ended, in a rebuilt database, it waits for that end (P20)") {
    const auto made = plan({second}, known);
    CHECK(made.inserts.empty());
    CHECK(made.effects.empty());
    REQUIRE(made.held.size() == 1);
    CHECK(made.held[0].key == AttemptKey{id, 2});
    CHECK(made.verdicts.at(0).verdict == "held");
    CHECK(made.keys.size() == 1);  // a close or a double finds it
    // A third one waits behind it, whatever became of it.
    const auto third = plan({attempt_of(one, 3, 32)}, known);
    CHECK(third.inserts.empty());
    CHECK(third.held.size() == 1);
    auto of_second = answer(known.payments.at(id), ChannelVerdict::succeeded);
    of_second.attempt = 2;
    CHECK(writes_nothing(plan({}, known, {of_second})));  // it asks for itself when it begins

    SECTION("declined: it begins, and asks before it charges") {
      const auto ended = plan({}, known, {answer(known.payments.at(id), ChannelVerdict::declined)});
      CHECK(known.payments.at(id).attempt == 2);
      CHECK(known.payments.at(id).state == PaymentState::processing);
      CHECK(ended.released == std::vector{AttemptKey{id, 2}});
      CHECK(ended.settled_verdicts.at(0).verdict == "applied");
      CHECK(ended.ended_attempts.size() == 1);
      REQUIRE(ended.effects.size() == 1);
      CHECK(ended.effects[0].effect == Effect::query_now);
    }
    SECTION("declined, and a close came while it waited: it begins with the close asked, so a success still wins") {
      const auto closing = plan({close_of("order-1", 2, 33)}, known);
      CHECK(closing.verdicts.at(0).verdict == "applied");
      CHECK(closing.held_closes == std::vector{AttemptKey{id, 2}});
      const auto ended = plan({}, known, {answer(known.payments.at(id), ChannelVerdict::declined)});
      CHECK(known.payments.at(id).close == CloseState::asked);
      REQUIRE(ended.effects.size() == 1);
      CHECK(ended.effects[0].effect == Effect::end_now);
      CHECK(ended.effects[0].attempt == 2);
    }
    SECTION("succeeded: it is refused, and so is the third") {
      const auto ended = plan({}, known, {answer(known.payments.at(id), ChannelVerdict::succeeded)});
      CHECK(known.payments.at(id).attempt == 1);
      CHECK(ended.released.size() == 2);
      CHECK(ended.settled_verdicts.at(0).verdict == "refused");
      CHECK(ended.settled_verdicts.at(0).code == "attempt_not_open");
      CHECK(ended.effects.empty());
    }
  }
  plan({}, known, {answer(known.payments.at(id), ChannelVerdict::declined)});
  SECTION("after it") {
    const auto made = plan({second}, known);
    CHECK(made.inserts.empty());
    REQUIRE(made.updates.size() == 1);
    CHECK(made.updates[0].attempt == 2);
    CHECK(made.updates[0].state == PaymentState::processing);
    CHECK(made.updates[0].sequence == 3);
    CHECK(made.updates[0].log_offset == 10);
    CHECK(made.updates[0].earlier == std::vector<EndedAttempt>{{1, PaymentState::declined, ""}});
    REQUIRE(made.ended_attempts.size() == 1);
    CHECK(made.begun == std::vector{id});
    CHECK(made.keys.size() == 1);
    REQUIRE(made.verdicts.size() == 1);
    CHECK(made.verdicts[0].verdict == "applied");
    REQUIRE(made.effects.size() == 1);
    CHECK(made.effects[0].effect == Effect::charge);

    SECTION("doubled it changes nothing") {
      plan({}, known, {answer(known.payments.at(id), ChannelVerdict::declined)});
      auto again = second;
      again.log_offset = 31;
      const auto twice = plan({again}, known);
      CHECK(twice.begun.empty());
      CHECK(twice.verdicts.empty());
    }
    SECTION("under another id with the same fields it is an alias, with others refused") {
      CHECK(plan({attempt_of(one, 2, 40)}, known).verdicts.at(0).verdict == "alias");
      const auto other = plan({attempt_of(one, 2, 41, 10)}, known);
      CHECK(other.inserts.at(0).decline_code == "fields_differ");
    }
    SECTION("an answer about the first attempt does not touch it") {
      CHECK(writes_nothing(plan({}, known, {answer(payment_from(asked(one), 0, 10), ChannelVerdict::declined)})));
    }
  }
  SECTION("further ahead, or with another amount: refused") {
    CHECK(plan({attempt_of(one, 3, 50)}, known).inserts.at(0).decline_code == "attempt_not_open");
    auto dearer = attempt_of(one, 2, 51);
    asked(dearer).amount += 1;
    CHECK(plan({dearer}, known).inserts.at(0).decline_code == "fields_differ");
  }
}

TEST_CASE("an attempt whose payment is not stored is parked, to be replayed behind it (P11)") {
  Known known;
  const auto second = attempt_of(record(10, 1, "order-1"), 2, 30);
  const auto made = plan({second}, known);
  CHECK(made.inserts.empty());
  REQUIRE(made.parked.size() == 1);
  CHECK(made.parked[0].code == "payment_not_known");
  CHECK(made.parked[0].intent_id == asked(second).intent_id);
}

TEST_CASE("a close asks the channel, and names its attempt (P12)") {
  Known known;
  const auto one = record(10, 1, "order-1");
  plan({one}, known);
  const auto id = asked(one).payment_id;
  const auto made = plan({close_of("order-1", 1, 20)}, known);
  REQUIRE(made.updates.size() == 1);
  CHECK(made.updates[0].close == CloseState::asked);
  REQUIRE(made.effects.size() == 1);
  CHECK(made.effects[0].effect == Effect::end_now);
  CHECK(made.verdicts.at(0).verdict == "applied");

  SECTION("a success still wins") {
    plan({}, known, {answer(known.payments.at(id), ChannelVerdict::succeeded)});
    CHECK(known.payments.at(id).state == PaymentState::succeeded);
    CHECK(known.payments.at(id).close == CloseState::refused);
    CHECK(known.payments.at(id).close_code == "already_paid");
  }
  SECTION("doubled under its own id, or replayed, it leaves the next attempt alone") {
    plan({}, known, {answer(known.payments.at(id), ChannelVerdict::closed)});
    CHECK(known.payments.at(id).state == PaymentState::closed);
    plan({attempt_of(one, 2, 30)}, known);
    CHECK(writes_nothing(plan({close_of("order-1", 1, 20)}, known)));
    const auto late = plan({close_of("order-1", 1, 21)}, known);
    CHECK(late.updates.empty());
    CHECK(late.verdicts.at(0).verdict == "refused");
    CHECK(late.verdicts.at(0).code == "not_closable");
  }
}

TEST_CASE("a close before its payment holds the number: the create that comes later ends closed, never sent (P12)") {
  Known known;
  const auto early = close_of("order-1", 1, 5);
  const auto held = plan({early}, known);
  CHECK(held.verdicts.at(0).verdict == "held");
  REQUIRE(held.keys.size() == 1);
  CHECK(held.keys[0].row.holds_close());
  CHECK(plan({close_of("order-1", 1, 6)}, known).verdicts.at(0).verdict == "alias");

  const auto one = record(10, 1, "order-1");
  const auto made = plan({one}, known);
  REQUIRE(made.inserts.size() == 1);
  CHECK(made.inserts[0].state == PaymentState::closed);
  CHECK(made.inserts[0].sent_at_ms == 0);
  CHECK(made.inserts[0].told_sequence < made.inserts[0].sequence);
  CHECK(made.inserts[0].close == CloseState::closed);
  CHECK(made.effects.empty());
  REQUIRE(made.taken_keys.size() == 1);
  CHECK(made.taken_keys[0].row.payment_id == asked(one).payment_id);
  CHECK(writes_nothing(plan({one}, known)));
}

TEST_CASE("a notification is an answer that nobody asked for: judged, applied once, its row stored (P11, P23)") {
  Known known;
  const auto one = record(10, 1, "order-1");
  plan({one}, known);
  const auto id = asked(one).payment_id;
  SECTION("success") {
    const auto told = notification(one, 1, "succeeded", 20);
    const auto made = plan({told}, known);
    CHECK(known.payments.at(id).state == PaymentState::succeeded);
    CHECK(made.verdicts.at(0).kind == "notification");
    CHECK(writes_nothing(plan({told}, known)));
  }
  SECTION("of another order: an incident, and the payment is asked about") {
    auto told = notification(one, 1, "succeeded", 20);
    told.told.merchant_order_id = "another";
    const auto made = plan({told}, known);
    CHECK(made.incidents.at(0).kind == "mismatch");
    CHECK(known.payments.at(id).state == PaymentState::unknown);
  }
  SECTION("of a payment that is not stored: parked") {
    const auto made = plan({notification(record(11, 2, "order-2"), 1, "succeeded", 20)}, known);
    CHECK(made.parked.at(0).code == "payment_not_known");
  }
}

TEST_CASE("a replayed intent asks about its open payment now, and leaves a final one alone (P11, P20)") {
  Known known;
  const auto one = record(10, 1, "order-1");
  plan({one}, known);
  const auto id = asked(one).payment_id;
  plan({}, known, {answer(known.payments.at(id), ChannelVerdict::unanswered)});
  REQUIRE(known.payments.at(id).next_query_at_ms > now);
  auto again = one;
  again.log_offset = 11;
  const auto made = plan({again}, known);
  CHECK(made.effects.empty());  // never a charge
  REQUIRE(made.updates.size() == 1);
  CHECK(made.updates[0].next_query_at_ms == now);
  CHECK(made.updates[0].sequence == 2);
  plan({}, known, {answer(known.payments.at(id), ChannelVerdict::succeeded)});
  CHECK(writes_nothing(plan({again}, known)));
}

TEST_CASE("a mismatched answer leaves the payment unknown with an incident (P23)") {
  Known known;
  const auto one = record(10, 1, "order-1");
  plan({one}, known);
  const auto payment = known.payments.at(asked(one).payment_id);
  const auto made = plan({}, known, {answer(payment, ChannelVerdict::mismatched)});
  REQUIRE(made.updates.size() == 1);
  CHECK(made.updates[0].state == PaymentState::unknown);
  REQUIRE(made.incidents.size() == 1);
  CHECK(made.incidents[0].kind == "mismatch");
}

TEST_CASE("a job dropped before any byte left is asked about, not sent again blindly (P18)") {
  Known known;
  const auto one = record(10, 1, "order-1");
  plan({one}, known);
  const auto made = plan({}, known, {JobDropped{asked(one).payment_id}});
  REQUIRE(made.effects.size() == 1);
  CHECK(made.effects[0].effect == Effect::query_now);
}

TEST_CASE("the outcome of a payment that is not known here is left to its owner") {
  Known known;
  CHECK(plan({}, known, {JobDropped{asked(record(1, 9, "elsewhere")).payment_id}}).effects.empty());
}

TEST_CASE("a key's period is the month of its append time, UTC") {
  CHECK(period_of(0) == 197001);
  CHECK(period_of(1'767'225'599'999) == 202512);
  CHECK(period_of(1'767'225'600'000) == 202601);
}
