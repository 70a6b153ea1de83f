// Money that goes back: asked until the channel answers, through its attempt's gate, once.
#include "common/domain/refund.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "common/domain/schedule.hpp"
#include "tests/unit/domain/payments.hpp"

using namespace acq;

namespace {

using R = RefundState;
using V = RefundVerdict;

constexpr std::int64_t late_ms = 2'000;
constexpr std::array all_states{R::accepted, R::processing, R::succeeded, R::failed, R::unknown};
constexpr std::array all_verdicts{V::succeeded,  V::failed,  V::pending, V::unanswered,
                                  V::mismatched, V::unheard, V::dropped};

bool has_ended(RefundState state) {
  return state == R::succeeded || state == R::failed;
}

Refund refund_in(RefundState state, std::int64_t sent_at_ms = now - 5'000) {
  Refund refund = automatic_refund(payment_in(PaymentState::declined), 1, sent_at_ms);
  refund.state = state;
  return refund;
}

RefundAnswer answer_of(RefundVerdict verdict) {
  RefundAnswer answer;
  answer.verdict = verdict;
  answer.code = "account_closed";
  answer.channel_reference = "ref-9";
  return answer;
}

RefundChange hear(const Refund& refund, RefundVerdict verdict, std::int64_t at = now) {
  return apply_refund(refund, answer_of(verdict), at, late_ms, 0);
}

}  // namespace

TEST_CASE("an automatic refund is the whole money of its attempt, sent at once (P13)") {
  auto payment = payment_in(PaymentState::closed);
  payment.attempt = 3;
  payment.partition = 4;
  payment.merchant_id = make_merchant_id(now, 1, 2);
  const auto refund = automatic_refund(payment, 2, now);
  CHECK(refund.refund_id == automatic_refund_id(payment.payment_id, 2));
  CHECK(refund.payment_id == payment.payment_id);
  CHECK(refund.attempt == 2);
  CHECK(refund.origin == RefundOrigin::automatic);
  CHECK(refund.partition == 4);
  CHECK(refund.merchant_id == payment.merchant_id);
  CHECK(refund.merchant_order_id == payment.merchant_order_id);
  CHECK(refund.amount == payment.amount);
  CHECK(refund.currency == payment.currency);
  CHECK(refund.state == R::processing);
  CHECK(refund.sent_at_ms == now);
  CHECK(refund.due_at_ms == now + 1'000);
  CHECK(channel_refund_id(refund) == payment.payment_id.text() + "-2-auto");
}

TEST_CASE("a merchant's refund is known to the channel by its own id") {
  auto refund = refund_in(R::processing);
  refund.origin = RefundOrigin::merchant;
  CHECK(channel_refund_id(refund) == refund.refund_id.text());
}

TEST_CASE("a refund that has ended stays as it is, whatever is told of it") {
  for (const auto state : {R::succeeded, R::failed}) {
    for (const auto verdict : all_verdicts) {
      auto refund = refund_in(state);
      refund.code = "kept";
      refund.due_at_ms = 0;
      const auto change = hear(refund, verdict);
      CHECK_FALSE(change.changed);
      CHECK(change.step == RefundStep::none);
      CHECK(change.next.state == state);
      CHECK(change.next.code == "kept");
      CHECK(change.next.due_at_ms == 0);
      CHECK(change.next.updated_at_ms == refund.updated_at_ms);
    }
  }
}

TEST_CASE("an open refund is ended by the channel's word and by nothing else") {
  for (const auto state : {R::accepted, R::processing, R::unknown}) {
    for (const auto verdict : all_verdicts) {
      INFO(name_of(state) << " " << static_cast<int>(verdict));
      const auto change = hear(refund_in(state), verdict);
      const auto& next = change.next;
      CHECK(change.changed);
      CHECK(next.updated_at_ms == now);
      CHECK((next.state == R::succeeded) == (verdict == V::succeeded));
      CHECK((next.state == R::failed) == (verdict == V::failed));
      const bool ended = has_ended(next.state);
      CHECK((next.due_at_ms == 0) == ended);
      if (!ended) CHECK(next.due_at_ms > now);
      CHECK((change.step == RefundStep::send) == (verdict == V::unheard));
      CHECK(next.channel_reference == (verdict == V::succeeded ? "ref-9" : ""));
      CHECK(next.code == (verdict == V::failed ? "account_closed" : ""));
    }
  }
  CHECK(hear(refund_in(R::processing), V::unanswered).next.state == R::unknown);
  CHECK(hear(refund_in(R::processing), V::mismatched).next.state == R::unknown);  // P23
  CHECK(hear(refund_in(R::processing), V::pending).next.state == R::processing);
}

TEST_CASE("a channel that says it is at work ends the unknown of a refund") {
  CHECK(hear(refund_in(R::unknown), V::pending).next.state == R::processing);
}

TEST_CASE("never heard of it means something only after everything late has arrived (P21)") {
  const auto early = hear(refund_in(R::unknown, now - late_ms + 1), V::unheard);
  CHECK(early.step == RefundStep::none);
  CHECK(early.next.sent_at_ms == now - late_ms + 1);
  CHECK(early.next.due_at_ms > now);
  const auto late = hear(refund_in(R::unknown, now - late_ms), V::unheard);
  CHECK(late.step == RefundStep::send);
  CHECK(late.next.sent_at_ms == now);  // P18
  CHECK(channel_refund_id(late.next) == channel_refund_id(refund_in(R::unknown)));
}

TEST_CASE("a refund that was dropped before it left is asked about later, and nothing else is said of it") {
  const auto before = refund_in(R::processing);
  const auto change = hear(before, V::dropped);
  CHECK(change.step == RefundStep::none);
  CHECK(change.next.state == R::processing);
  CHECK(change.next.sent_at_ms == before.sent_at_ms);
  CHECK(change.next.due_at_ms > now);
}

TEST_CASE("an open refund is asked about on a barcode's clock") {
  auto refund = refund_in(R::processing);
  for (const std::int64_t delay : {1'000, 2'000, 2'000, 3'000, 5'000, 5'000}) {
    refund = hear(refund, V::unanswered).next;
    CHECK(refund.due_at_ms == now + delay);
  }
}

TEST_CASE("the gate takes back what failed and counts what succeeded, once (P14)") {
  auto refund = refund_in(R::processing);
  const RefundGate gate{refund.payment_id, 1, 100, 100, 0};
  CHECK(pass(gate, refund, R::accepted).refunding == 100);
  refund.state = R::unknown;
  CHECK(pass(gate, refund, R::processing).refunding == 100);

  refund.state = R::succeeded;
  const auto done = pass(gate, refund, R::unknown);
  CHECK(done.refunding == 0);
  CHECK(done.refunded == 100);
  CHECK(pass(done, refund, R::succeeded).refunded == 100);

  refund.state = R::failed;
  const auto failed = pass(gate, refund, R::processing);
  CHECK(failed.refunding == 0);
  CHECK(failed.refunded == 0);
  CHECK(failed.captured == 100);
  CHECK(pass(failed, refund, R::failed).refunding == 0);
}

TEST_CASE("whatever a channel answers, a gate is never negative and never gives more than it took (P14)") {
  std::mt19937_64 random(20'261'124);
  for (int walk = 0; walk < 10'000; ++walk) {
    std::array<Refund, 3> refunds{refund_in(R::processing, now), refund_in(R::processing, now),
                                  refund_in(R::processing, now)};
    refunds[0].amount = 50;
    refunds[1].amount = 30;
    refunds[2].amount = 15;
    RefundGate gate{refunds[0].payment_id, 1, 100, 95, 0};
    auto at = now;
    std::string rule;
    for (int i = 0; i < 40; ++i) {
      at += static_cast<std::int64_t>(random() % 1'500);
      auto& refund = refunds[random() % refunds.size()];
      const auto from = refund.state;
      const auto change = hear(refund, all_verdicts[random() % all_verdicts.size()], at);
      refund = change.next;
      gate = pass(gate, refund, from);
      if (has_ended(from) && refund.state != from) rule = "ended twice";
      if (change.step == RefundStep::send && has_ended(refund.state)) rule = "sent after its end";
      if (!has_ended(refund.state) && change.changed && refund.due_at_ms <= at) rule = "forgotten";
      std::int64_t under_way = 0;
      std::int64_t given = 0;
      for (const auto& one : refunds) {
        if (!has_ended(one.state)) under_way += one.amount;
        if (one.state == R::succeeded) given += one.amount;
      }
      if (gate.refunding != under_way || gate.refunded != given) rule = "the gate's sums are not its refunds'";
      if (gate.refunding < 0 || gate.refunding + gate.refunded > gate.captured) rule = "more than was captured";
    }
    REQUIRE(rule == "");
  }
}

TEST_CASE("refund states and origins have names of their own") {
  std::set<std::string_view> names;
  for (const auto state : all_states) {
    names.insert(name_of(state));
    CHECK(refund_state_from_name(name_of(state)) == state);
  }
  CHECK(names.size() == all_states.size());
  CHECK_FALSE(refund_state_from_name("reversed"));
  for (const auto origin : {RefundOrigin::automatic, RefundOrigin::merchant}) {
    CHECK(refund_origin_from_name(name_of(origin)) == origin);
  }
  CHECK_FALSE(refund_origin_from_name("operator"));
}

TEST_CASE("what a refund outside the gate may become, by the channel's word and the room that is left (P20)") {
  RefundRequested intent;
  intent.amount = 60;
  const auto waiting = refund_from(intent, 1, 0, 9, now);
  CHECK_FALSE(waiting.in_gate);
  CHECK(waiting.state == R::accepted);
  for (const auto verdict : all_verdicts) {
    for (const std::int64_t refunding : {40, 41}) {  // 60 of 100 are left, or 59
      INFO(static_cast<int>(verdict) << " beside " << refunding);
      RefundGate gate{waiting.payment_id, 1, 100, refunding, 0, 1};
      const auto change = apply_outside(waiting, answer_of(verdict), gate, now, late_ms, 0);
      const bool money = verdict == V::succeeded || verdict == V::pending;
      CHECK(change.changed);
      CHECK(change.step == RefundStep::none);  // never sent from here
      CHECK(change.next.in_gate == ((money && refunding == 40) || verdict == V::failed));
      CHECK(gate.refunding == refunding + (change.next.in_gate ? 60 : 0));
      CHECK(gate.refunds == (change.next.in_gate ? 2 : 1));
      CHECK((change.next.due_at_ms == 0) == change.next.has_ended());
      if (verdict == V::succeeded) CHECK(change.next.has_ended() == change.next.in_gate);
      if (verdict == V::unheard) CHECK(change.next.code == "refund_exceeds");
      if (verdict == V::failed) CHECK(change.next.code == "account_closed");
      const auto after = pass(gate, change.next, waiting.state);
      CHECK(after.refunding + after.refunded <= after.captured);
      CHECK(after.refunded == (verdict == V::succeeded && change.next.in_gate ? 60 : 0));
    }
  }
}
