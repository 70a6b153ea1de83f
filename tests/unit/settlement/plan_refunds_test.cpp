// What merchants ask back (P8, P11, P14): each refusal, the one that passes, what is held, and a log that is read
// again.
#include <catch2/catch.hpp>

#include "common/limits.hpp"
#include "settlement/writer/plan.hpp"

using namespace acq;
using namespace acq::settlement;

namespace {

constexpr std::int64_t now = 1'800'000'000'000;
constexpr std::int64_t stale_append = now - limits::stale_after_ms - 1'000;

double no_jitter() {
  return 0;
}

MerchantId merchant() {
  return make_merchant_id(now, 1, 2);
}

Payment payment(PaymentState state = PaymentState::succeeded, std::uint64_t random = 1) {
  Payment one;
  one.payment_id = make_payment_id(now - 60'000, route_hash(merchant(), "order-1"), random);
  one.merchant_id = merchant();
  one.merchant_order_id = "order-1";
  one.amount = 1'000;
  one.currency = Currency::parse("CNY").value();
  one.state = state;
  one.sequence = 2;
  one.told_sequence = 2;
  one.created_at_ms = now - 60'000;
  one.callback_url = "https://shop.example/callbacks";
  return one;
}

KeyHash key_of(const std::string& number) {
  KeyHash key{};
  std::copy_n(number.begin(), std::min(number.size(), key.size()), key.begin());
  return key;
}

LogIntent refund(const Payment& of, std::int64_t amount, const std::string& number, std::int64_t offset) {
  LogIntent one;
  one.log_offset = offset;
  one.append_ms = now - 5;
  one.key = key_of(number);
  RefundRequested intent;
  intent.refund_id = make_refund_id(now - 10, route_of(of.payment_id), static_cast<std::uint64_t>(offset) << 20);
  intent.intent_id = same_bytes<IntentId>(intent.refund_id);
  intent.payment_id = of.payment_id;
  intent.merchant_id = of.merchant_id;
  intent.merchant_order_id = of.merchant_order_id;
  intent.merchant_refund_id = number;
  intent.amount = amount;
  intent.currency = of.currency;
  intent.accepted_at_ms = now - 10;
  intent.fingerprint = {static_cast<std::uint32_t>(of.payment_id.bytes[8]), static_cast<std::uint32_t>(amount), 3};
  one.intent = std::move(intent);
  return one;
}

LogIntent stale(LogIntent one) {
  one.append_ms = stale_append;
  std::get<RefundRequested>(one.intent).accepted_at_ms = stale_append - 10;
  return one;
}

RefundRequested& asked(LogIntent& one) {
  return std::get<RefundRequested>(one.intent);
}
RefundId id_of_refund(const LogIntent& one) {
  return std::get<RefundRequested>(one.intent).refund_id;
}

Known known_with(const Payment& one) {
  Known known;
  known.payments.emplace(one.payment_id, one);
  return known;
}

Plan plan(const std::vector<LogIntent>& intents, Known& known, const std::vector<Outcome>& outcomes = {},
          std::int64_t at = now) {
  return plan_batch(3, intents, outcomes, known, {at, {2'000}}, no_jitter);
}

RefundAnswer answer(const LogIntent& to, RefundVerdict verdict, const std::string& code = {}) {
  RefundAnswer one;
  one.payment_id = std::get<RefundRequested>(to.intent).payment_id;
  one.refund_id = id_of_refund(to);
  one.verdict = verdict;
  one.code = code;
  one.channel_reference = "back-1";
  return one;
}

ChannelAnswer charged(const Payment& of, ChannelVerdict verdict) {
  ChannelAnswer one;
  one.payment_id = of.payment_id;
  one.attempt = of.attempt;
  one.verdict = verdict;
  return one;
}

bool writes_nothing(const Plan& made) {
  return made.updates.empty() && made.verdicts.empty() && made.new_refunds.empty() && made.refund_updates.empty() &&
         made.gates.empty() && made.refund_keys.empty() && made.refund_aliases.empty() && made.held_refunds.empty() &&
         made.refund_steps.empty() && made.parked.empty() && made.incidents.empty();
}

void check_refused(const Plan& made, std::string_view code) {
  REQUIRE(made.new_refunds.size() == 1);
  CHECK(made.new_refunds[0].state == RefundState::failed);
  CHECK(made.new_refunds[0].code == code);
  CHECK(made.new_refunds[0].due_at_ms == 0);
  CHECK_FALSE(made.new_refunds[0].in_gate);
  CHECK(made.gates.empty());
  CHECK(made.refund_steps.empty());
}

}  // namespace

TEST_CASE(
    "a refund of a succeeded payment passes its gate, takes its number, and is sent after the commit (P14, P18)") {
  const auto paid = payment();
  Known known = known_with(paid);
  const auto one = refund(paid, 600, "r-1", 10);
  const auto made = plan({one}, known);
  REQUIRE(made.new_refunds.size() == 1);
  const auto& row = made.new_refunds[0];
  CHECK(row.refund_id == id_of_refund(one));
  CHECK(row.state == RefundState::processing);
  CHECK(row.origin == RefundOrigin::merchant);
  CHECK(row.merchant_refund_id == "r-1");
  CHECK(row.partition == 3);
  CHECK(row.log_offset == 10);
  CHECK(row.sent_at_ms == now);
  CHECK(row.due_at_ms > now);
  CHECK(row.in_gate);
  CHECK(channel_refund_id(row) == row.refund_id.text());
  REQUIRE(made.gates.size() == 1);
  CHECK(made.gates[0].captured == 1'000);
  CHECK(made.gates[0].refunding == 600);
  CHECK(made.gates[0].refunded == 0);
  CHECK(made.gates[0].refunds == 1);
  REQUIRE(made.refund_keys.size() == 1);
  CHECK(made.refund_keys[0].row.refund_id == id_of_refund(one));
  REQUIRE(made.refund_steps.size() == 1);
  CHECK(made.refund_steps[0].second == RefundStep::send);
  CHECK(made.updates.empty());  // a merchant sees nothing new of the payment yet

  SECTION("its success is the payment's, under the next sequence, and no callback is owed (P26)") {
    const auto done = plan({}, known, {answer(one, RefundVerdict::succeeded)});
    REQUIRE(done.refund_updates.size() == 1);
    CHECK(done.refund_updates[0].state == RefundState::succeeded);
    REQUIRE(done.gates.size() == 1);
    CHECK(done.gates[0].refunding == 0);
    CHECK(done.gates[0].refunded == 600);
    REQUIRE(done.updates.size() == 1);
    CHECK(done.updates[0].refunded_amount == 600);
    CHECK(done.updates[0].sequence == 3);
    CHECK(done.updates[0].told_sequence == 3);
    CHECK(done.updates[0].state == PaymentState::succeeded);
    CHECK(writes_nothing(plan({}, known, {answer(one, RefundVerdict::succeeded)})));  // told again
  }
  SECTION("its failure gives the money back to the gate, is told, and is nobody's incident") {
    const auto done = plan({}, known, {answer(one, RefundVerdict::failed, "refund_declined")});
    REQUIRE(done.gates.size() == 1);
    CHECK(done.gates[0].refunding == 0);
    CHECK(done.gates[0].refunded == 0);
    REQUIRE(done.updates.size() == 1);
    CHECK(done.updates[0].refunded_amount == 0);
    CHECK(done.updates[0].sequence == 3);
    CHECK(done.incidents.empty());
    const auto next = plan({refund(paid, 1'000, "r-2", 11)}, known);
    REQUIRE(next.new_refunds.size() == 1);
    CHECK(next.new_refunds[0].state == RefundState::processing);
  }
  SECTION("a callback that is still owed stays owed") {
    known.payments.at(paid.payment_id).told_sequence = 1;
    const auto done = plan({}, known, {answer(one, RefundVerdict::succeeded)});
    REQUIRE(done.updates.size() == 1);
    CHECK(done.updates[0].sequence == 3);
    CHECK(done.updates[0].told_sequence == 1);
  }
  SECTION("the same record again, in this batch or a later one, is nothing new (P11)") {
    CHECK(writes_nothing(plan({one}, known)));
    Known fresh = known_with(paid);
    const auto twice = plan({one, one}, fresh);
    CHECK(twice.new_refunds.size() == 1);
    CHECK(twice.refund_keys.size() == 1);
    CHECK(twice.gates.at(0).refunding == 600);
  }
}

TEST_CASE("of 100 refunds of 60 % on the log exactly one passes, in one batch or one by one (P14)") {
  const auto paid = payment();
  std::vector<LogIntent> all;
  for (int i = 0; i < 100; ++i) all.push_back(refund(paid, 600, "r-" + std::to_string(i), 10 + i));
  const bool together = GENERATE(true, false);
  Known known = known_with(paid);
  int sent = 0;
  int refused = 0;
  const auto count = [&](const Plan& made) {
    for (const auto& one : made.new_refunds) {
      sent += one.state == RefundState::processing ? 1 : 0;
      refused += one.state == RefundState::failed && one.code == "refund_exceeds" ? 1 : 0;
    }
  };
  if (together) {
    count(plan(all, known));
  } else {
    for (const auto& one : all) count(plan({one}, known));
  }
  CHECK(sent == 1);
  CHECK(refused == 99);
  const auto& gate = known.gates.at({paid.payment_id, 1});
  CHECK(gate.refunding == 600);
  CHECK(gate.refunds == 1);
  CHECK(known.payments.at(paid.payment_id).sequence == 2 + 99);  // each refusal is told (P26)
}

TEST_CASE("what the gate refuses leaves a failed row with its code, and the money alone (P11, P14)") {
  const auto paid = payment();
  SECTION("more than was captured") {
    Known known = known_with(paid);
    check_refused(plan({refund(paid, 1'001, "r-1", 10)}, known), "refund_exceeds");
  }
  SECTION("a payment that has ended otherwise") {
    for (const auto state :
         {PaymentState::declined, PaymentState::closed, PaymentState::refused, PaymentState::reversed}) {
      INFO(name_of(state));
      const auto other = payment(state);
      Known known = known_with(other);
      check_refused(plan({refund(other, 1, "r-1", 10)}, known), "not_refundable");
    }
  }
  SECTION("another merchant's payment, or another currency") {
    Known known = known_with(paid);
    auto one = refund(paid, 1, "r-1", 10);
    asked(one).merchant_id = make_merchant_id(now, 7, 8);
    check_refused(plan({one}, known), "not_refundable");
    one = refund(paid, 1, "r-2", 11);
    asked(one).currency = Currency::parse("USD").value();
    check_refused(plan({one}, known), "not_refundable");
  }
  SECTION("accepted later than 365 days after the payment; a moment before it passes") {
    auto old = paid;
    old.created_at_ms = now - 10 - limits::refund_age_ms_max;
    Known known = known_with(old);
    CHECK(plan({refund(old, 1, "r-1", 10)}, known).refund_steps.size() == 1);
    old.created_at_ms -= 1;
    known = known_with(old);
    check_refused(plan({refund(old, 1, "r-2", 11)}, known), "not_refundable");
  }
  SECTION("the fifty-first that would pass") {
    Known known = known_with(paid);
    for (int i = 0; i < limits::refunds_per_payment_max; ++i)
      CHECK(plan({refund(paid, 1, "r-" + std::to_string(i), 10 + i)}, known).refund_steps.size() == 1);
    check_refused(plan({refund(paid, 1, "r-50", 99)}, known), "not_refundable");
  }
}

TEST_CASE("a refund's number met again is an alias with the same fields, and fails with others (P11)") {
  const auto paid = payment();
  Known known = known_with(paid);
  const auto first = refund(paid, 300, "r-1", 10);
  CHECK(plan({first}, known).refund_steps.size() == 1);

  const auto same = refund(paid, 300, "r-1", 11);
  const auto aliased = plan({same}, known);
  REQUIRE(aliased.refund_aliases.size() == 1);
  CHECK(aliased.refund_aliases[0].alias_id == id_of_refund(same));
  CHECK(aliased.refund_aliases[0].refund_id == id_of_refund(first));
  CHECK(aliased.new_refunds.empty());
  CHECK(aliased.gates.empty());
  CHECK(writes_nothing(plan({same}, known)));

  check_refused(plan({refund(paid, 301, "r-1", 12)}, known), "fields_differ");

  const auto another = payment(PaymentState::succeeded, 0xFFFF'0000'0000);
  known.payments.emplace(another.payment_id, another);
  const auto made = plan({refund(another, 300, "r-1", 13)}, known);
  check_refused(made, "fields_differ");
  REQUIRE(made.updates.size() == 1);
  CHECK(made.updates[0].payment_id == another.payment_id);
  CHECK(made.updates[0].sequence == 3);
}

TEST_CASE("a refund before its payment is held with its number, and decided when that has ended (P11)") {
  auto open = payment(PaymentState::awaiting_payer);
  const bool stored = GENERATE(false, true);
  INFO("the payment is stored: " << stored);
  Known known;
  if (stored) known = known_with(open);
  const auto first = refund(open, 600, "r-1", 10);
  const auto second = refund(open, 600, "r-2", 11);
  const auto held = plan({first, second}, known);
  CHECK(held.new_refunds.empty());
  CHECK(held.held_refunds.size() == 2);
  CHECK(held.refund_keys.size() == 2);
  REQUIRE(held.verdicts.size() == 2);
  CHECK(held.verdicts[0].verdict == "held");
  CHECK(held.verdicts[0].kind == "refund");
  CHECK(held.verdicts[0].payment_id == open.payment_id);
  CHECK(writes_nothing(plan({first}, known)));
  // A double of one that is held is its alias already.
  CHECK(plan({refund(open, 600, "r-1", 12)}, known).refund_aliases.size() == 1);

  if (!stored) known.payments.emplace(open.payment_id, open);
  SECTION("it succeeds: in the order of the log, the first passes and the second does not fit") {
    const auto made = plan({}, known, {charged(open, ChannelVerdict::succeeded)});
    CHECK(made.released_refunds.size() == 2);
    REQUIRE(made.new_refunds.size() == 2);
    CHECK(made.new_refunds[0].refund_id == id_of_refund(first));
    CHECK(made.new_refunds[0].state == RefundState::processing);
    CHECK(made.new_refunds[1].code == "refund_exceeds");
    REQUIRE(made.settled_verdicts.size() == 2);
    CHECK(made.settled_verdicts[0].verdict == "applied");
    CHECK(made.settled_verdicts[1].verdict == "refused");
    CHECK(made.settled_verdicts[1].code == "refund_exceeds");
    CHECK(known.held_refunds.empty());
  }
  SECTION("it is declined: neither may be") {
    const auto made = plan({}, known, {charged(open, ChannelVerdict::declined)});
    REQUIRE(made.new_refunds.size() == 2);
    for (const auto& one : made.new_refunds) CHECK(one.code == "not_refundable");
  }
  SECTION("a third on the log behind its end comes behind those that were held") {
    known.payments.at(open.payment_id).state = PaymentState::succeeded;
    const auto third = refund(open, 400, "r-3", 13);
    const auto made = plan({third}, known);
    REQUIRE(made.new_refunds.size() == 3);
    CHECK(made.new_refunds[0].refund_id == id_of_refund(first));
    CHECK(made.new_refunds[2].refund_id == id_of_refund(third));
    CHECK(made.new_refunds[2].state == RefundState::processing);
    CHECK(made.gates.at(0).refunding == 1'000);
  }
}

TEST_CASE("a stale refund is asked about before it is sent, and sent when it was never heard of (P20)") {
  const auto paid = payment();
  Known known = known_with(paid);
  const auto one = stale(refund(paid, 600, "r-1", 10));
  const auto made = plan({one}, known);
  REQUIRE(made.refund_steps.size() == 1);
  CHECK(made.refund_steps[0].second == RefundStep::query);
  CHECK(made.new_refunds.at(0).state == RefundState::accepted);
  CHECK(made.new_refunds.at(0).sent_at_ms == 0);
  CHECK(made.gates.at(0).refunding == 600);
  SECTION("heard of") {
    const auto done = plan({}, known, {answer(one, RefundVerdict::succeeded)});
    CHECK(done.refund_updates.at(0).state == RefundState::succeeded);
    CHECK(done.refund_steps.empty());
  }
  SECTION("never heard of") {
    const auto sent = plan({}, known, {answer(one, RefundVerdict::unheard)});
    REQUIRE(sent.refund_steps.size() == 1);
    CHECK(sent.refund_steps[0].second == RefundStep::send);
    CHECK(sent.refund_updates.at(0).sent_at_ms == now);
  }
}

TEST_CASE("a log read again ends as it ended: the channel's word decides what the gate cannot know (P20)") {
  const auto paid = payment();
  Known known = known_with(paid);
  // It failed at the channel, so that the merchant could ask again; and something was refused beside it.
  const auto failed = stale(refund(paid, 1'000, "r-1", 10));
  const auto refused = stale(refund(paid, 700, "r-2", 11));
  const auto given = stale(refund(paid, 1'000, "r-3", 12));
  const bool known_before = GENERATE(false, true);
  INFO("how the first ended is known before the others are read: " << known_before);
  if (known_before) {
    plan({failed}, known);
    plan({}, known, {answer(failed, RefundVerdict::failed, "refund_declined")});
    plan({refused, given}, known);
  } else {
    plan({failed, refused, given}, known);
  }
  for (const auto* one : {&refused, &given}) {
    const auto& row = known.refunds.at(id_of_refund(*one));
    CHECK(row.state == RefundState::accepted);
    CHECK_FALSE(row.in_gate);
    CHECK(row.due_at_ms == now);
  }
  if (!known_before) {
    // There is no room for it while the first may have the money.
    const auto waits = plan({}, known, {answer(given, RefundVerdict::succeeded)});
    CHECK(known.refunds.at(id_of_refund(given)).state == RefundState::accepted);
    CHECK(waits.incidents.empty());
    CHECK(known.refunds.at(id_of_refund(given)).due_at_ms > now);
    plan({}, known, {answer(failed, RefundVerdict::failed, "refund_declined")});
  }
  const auto never = plan({}, known, {answer(refused, RefundVerdict::unheard)});
  CHECK(never.refund_steps.empty());  // nothing new is sent
  CHECK(known.refunds.at(id_of_refund(refused)).code == "refund_exceeds");
  CHECK(known.refunds.at(id_of_refund(refused)).state == RefundState::failed);
  plan({}, known, {answer(given, RefundVerdict::succeeded)});
  CHECK(known.refunds.at(id_of_refund(given)).state == RefundState::succeeded);
  const auto& gate = known.gates.at({paid.payment_id, 1});
  CHECK(gate.refunding == 0);
  CHECK(gate.refunded == 1'000);
  CHECK(known.payments.at(paid.payment_id).refunded_amount == 1'000);

  // More than was captured cannot be: the channel's word against ours.
  const auto beyond = stale(refund(paid, 10, "r-4", 13));
  plan({beyond}, known);
  const auto odd = plan({}, known, {answer(beyond, RefundVerdict::succeeded)});
  REQUIRE(odd.incidents.size() == 1);
  CHECK(odd.incidents[0].kind == "contradiction");
}

TEST_CASE("what is read again behind one that is asked about first is asked about first, too (P20)") {
  const auto paid = payment();
  Known known = known_with(paid);
  // Declined, then given back under another number, then refused for what was left: 0, and not the 29 of the first.
  const auto declined = stale(refund(paid, 971, "r-1", 10));
  const auto given = stale(refund(paid, 1'000, "r-2", 11));
  const auto refused = stale(refund(paid, 1, "r-3", 12));
  const auto made = plan({declined, given, refused}, known);
  CHECK(made.gates.at(0).refunding == 971);
  CHECK_FALSE(known.refunds.at(id_of_refund(refused)).in_gate);
  const auto never = plan({}, known, {answer(refused, RefundVerdict::unheard)});
  CHECK(never.refund_steps.empty());
  plan({}, known,
       {answer(declined, RefundVerdict::failed, "refund_declined"), answer(given, RefundVerdict::succeeded)});
  CHECK(known.refunds.at(id_of_refund(declined)).code == "refund_declined");
  CHECK(known.refunds.at(id_of_refund(given)).state == RefundState::succeeded);
  CHECK(known.refunds.at(id_of_refund(refused)).code == "refund_exceeds");
  CHECK(known.gates.at({paid.payment_id, 1}).refunds == 2);
}

TEST_CASE("something new leaves room for what is still asked about, and what ended outside the gate ends once (P14)") {
  const auto paid = payment();
  Known known = known_with(paid);
  const auto first = stale(refund(paid, 1'000, "r-1", 10));
  const auto beside = stale(refund(paid, 1'000, "r-2", 11));
  plan({first, beside}, known);
  plan({}, known, {answer(first, RefundVerdict::failed, "refund_declined")});
  REQUIRE_FALSE(known.refunds.at(id_of_refund(beside)).in_gate);
  CHECK(known.gates.at({paid.payment_id, 1}).left() == 1'000);
  // The gate has room, but r-2 may have been given back before the database was lost.
  const auto fresh = refund(paid, 1'000, "r-3", 12);
  const auto made = plan({fresh}, known);
  CHECK(made.refund_steps.empty());
  CHECK(known.refunds.at(id_of_refund(fresh)).code == "refund_exceeds");
  plan({}, known, {answer(beside, RefundVerdict::unheard)});
  const auto sequence = known.payments.at(paid.payment_id).sequence;
  const auto again = plan({}, known, {answer(beside, RefundVerdict::unheard)});
  CHECK(again.refund_updates.empty());
  CHECK(known.payments.at(paid.payment_id).sequence == sequence);
  const auto later = refund(paid, 1'000, "r-4", 13);
  CHECK(plan({later}, known).refund_steps.size() == 1);
}
