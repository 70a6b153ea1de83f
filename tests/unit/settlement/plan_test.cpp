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

LogIntent record(std::int64_t offset, std::uint64_t random, const std::string& order, std::uint32_t amount_hash = 7) {
  LogIntent one;
  one.log_offset = offset;
  one.append_ms = now - 5;
  auto& intent = one.intent;
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
  std::copy_n(order.begin(), std::min(order.size(), one.key.size()), one.key.begin());
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
  CHECK(made.keys[0].row.payment_id == one.intent.payment_id);
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
  stored.keys.emplace(one.key, KeyRow{one.intent.payment_id, one.intent.fingerprint});
  CHECK(plan({again}, stored).empty());
}

TEST_CASE("a second id for the same number and fields is an alias of the first, and is not charged (P3, P11)") {
  Known known;
  const auto first = record(10, 1, "order-1");
  const auto second = record(11, 2, "order-1");
  const auto made = plan({first, second}, known);
  CHECK(made.inserts.size() == 1);
  REQUIRE(made.aliases.size() == 1);
  CHECK(made.aliases[0].alias_id == second.intent.payment_id);
  CHECK(made.aliases[0].payment_id == first.intent.payment_id);
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
  CHECK(made.effects[0].payment_id == first.intent.payment_id);

  SECTION("and a replay of it gets the same verdict") {
    auto again = second;
    again.log_offset = 12;
    CHECK(plan({again}, known).empty());
  }
}

TEST_CASE("late work asks before it charges (P20)") {
  Known known;
  auto one = record(10, 1, "order-1");
  SECTION("applied long after its append") {
    one.append_ms = now - limits::stale_after_ms - 1;
  }
  SECTION("appended long after it was accepted: re-offered") {
    one.intent.accepted_at_ms = one.append_ms - limits::stale_after_ms - 1;
  }
  SECTION("past its expiry") {
    one.intent.expires_at_ms = now - 1;
  }
  const auto made = plan({one}, known);
  REQUIRE(made.effects.size() == 1);
  CHECK(made.effects[0].effect == Effect::query_now);
  CHECK(made.inserts[0].sent_at_ms == 0);
}

TEST_CASE("an intent and its outcome in one batch are one insert of the newest state") {
  Known known;
  const auto one = record(10, 1, "order-1");
  auto payment = payment_from(one.intent, 0, 10);
  const auto made = plan({one}, known, {answer(payment, ChannelVerdict::succeeded)});
  REQUIRE(made.inserts.size() == 1);
  CHECK(made.updates.empty());
  CHECK(made.inserts[0].state == PaymentState::succeeded);
}

TEST_CASE("several outcomes of one payment are one update with the last word") {
  Known known;
  const auto one = record(10, 1, "order-1");
  plan({one}, known);
  const auto payment = known.payments.at(one.intent.payment_id);
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
  const auto payment = known.payments.at(one.intent.payment_id);
  plan({}, known, {answer(payment, ChannelVerdict::declined)});
  const auto made = plan({}, known, {answer(payment, ChannelVerdict::succeeded)});
  CHECK(made.updates.empty());
  REQUIRE(made.incidents.size() == 1);
  CHECK(made.incidents[0].kind == "contradiction");
}

TEST_CASE("a mismatched answer leaves the payment unknown with an incident (P23)") {
  Known known;
  const auto one = record(10, 1, "order-1");
  plan({one}, known);
  const auto payment = known.payments.at(one.intent.payment_id);
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
  const auto made = plan({}, known, {JobDropped{one.intent.payment_id}});
  REQUIRE(made.effects.size() == 1);
  CHECK(made.effects[0].effect == Effect::query_now);
}

TEST_CASE("the outcome of a payment that is not known here is left to its owner") {
  Known known;
  CHECK(plan({}, known, {JobDropped{record(1, 9, "elsewhere").intent.payment_id}}).effects.empty());
}

TEST_CASE("a key's period is the month of its append time, UTC") {
  CHECK(period_of(0) == 197001);
  CHECK(period_of(1'767'225'599'999) == 202512);
  CHECK(period_of(1'767'225'600'000) == 202601);
}
