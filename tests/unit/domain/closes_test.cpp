// Closing an attempt (P12), what wins over it (P13), deadlines (P20, P22) and answers that differ (P23).
#include <catch2/catch.hpp>

#include "tests/unit/domain/payments.hpp"

using namespace acq;

namespace {

using S = PaymentState;
using I = Input;

Payment close_asked(S state, MethodType method = MethodType::barcode) {
  auto payment = payment_in(state, method);
  payment.sent_at_ms = now - 4'000;
  return transition(payment, I::close_requested, nullptr, now, 0).next;
}

Transition hear(const Payment& payment, ChannelVerdict verdict, std::int64_t at = now) {
  const auto answer = answer_of(verdict, payment.attempt);
  return transition(payment, classify(payment, answer, at, {}), &answer, at, 0);
}

}  // namespace

TEST_CASE("a close that was asked is shown and pressed, but nothing to be told of (P12)") {
  for (const auto state : open_states) {
    INFO(name_of(state));
    const auto before = payment_in(state, MethodType::qr);
    const auto [after, effect, change] = transition(before, I::close_requested, nullptr, now, 0);
    CHECK(effect == Effect::end_now);
    CHECK(change == Change::stays);
    CHECK(after.state == state);
    CHECK(after.close == CloseState::asked);
    CHECK(after.sequence == before.sequence + 1);
    CHECK(after.told_sequence == after.sequence);
    CHECK(after.next_query_at_ms == now + 1'000);  // a barcode's clock: nobody waits for a payer any more
    CHECK(after.unknown_since_ms == before.unknown_since_ms);
    CHECK(after.sealed_code == before.sealed_code);

    const auto again = transition(after, I::close_requested, nullptr, now + 10, 0);
    CHECK(again.effect == Effect::end_now);
    CHECK(again.next.sequence == after.sequence);
    CHECK(again.next.updated_at_ms == now);
  }
}

TEST_CASE("a telling that was owed when the close was asked stays owed") {
  auto payment = payment_in(S::awaiting_payer);
  payment.told_sequence = payment.sequence - 1;
  payment.tell_attempts = 2;
  payment.next_tell_at_ms = now + 700;
  const auto after = transition(payment, I::close_requested, nullptr, now, 0).next;
  CHECK(after.told_sequence == payment.told_sequence);
  CHECK(after.told_sequence < after.sequence);
  CHECK(after.next_tell_at_ms == now + 700);
  CHECK(after.tell_attempts == 2);
}

TEST_CASE("success wins over a close that was asked (P12, P13)") {
  for (const auto state : open_states) {
    INFO(name_of(state));
    const auto end = hear(close_asked(state), ChannelVerdict::succeeded);
    CHECK(end.change == Change::moves);
    CHECK(end.next.state == S::succeeded);
    CHECK(end.next.close == CloseState::refused);
    CHECK(end.next.close_code == "already_paid");
    CHECK(end.next.told_sequence < end.next.sequence);
    CHECK(end.effect == Effect::none);
  }
}

TEST_CASE("a close ends as the attempt does") {
  for (const auto state : open_states) {
    INFO(name_of(state));
    const auto closed = hear(close_asked(state), ChannelVerdict::closed).next;
    CHECK(closed.state == S::closed);
    CHECK(closed.close == CloseState::closed);
    CHECK(closed.close_code.empty());
    CHECK(closed.decline_code.empty());  // the merchant's own wish needs no reason
    CHECK(closed.sealed_code.empty());

    const auto declined = hear(close_asked(state), ChannelVerdict::declined).next;
    CHECK(declined.state == S::declined);
    CHECK(declined.close == CloseState::refused);
    CHECK(declined.close_code == "declined");
    CHECK(declined.decline_code == "insufficient_funds");

    const auto reversed = hear(close_asked(state), ChannelVerdict::reversed).next;
    CHECK(reversed.state == S::reversed);
    CHECK(reversed.close == CloseState::closed);
  }
}

TEST_CASE("nothing is charged again while a close is asked (P12)") {
  for (const auto state : open_states) {
    INFO(name_of(state));
    const auto unheard = hear(close_asked(state), ChannelVerdict::unheard);
    CHECK_FALSE(is_final(unheard.next.state));
    CHECK(unheard.effect == Effect::query_later);
    CHECK(unheard.next.close == CloseState::asked);
    CHECK(unheard.next.sent_at_ms == now - 4'000);
    CHECK(channel_act(unheard.next, now) == ChannelAct::close);
  }
}

TEST_CASE("a close that came first closes its attempt before it is sent (P12)") {
  const auto [after, effect, change] = transition(payment_in(S::accepted), I::close_held, nullptr, now, 0);
  CHECK(after.state == S::closed);
  CHECK(after.close == CloseState::closed);
  CHECK(after.decline_code == "closed_before");
  CHECK(after.sealed_code.empty());
  CHECK(after.sent_at_ms == 0);
  CHECK(after.told_sequence < after.sequence);
  CHECK(effect == Effect::none);
}

TEST_CASE("an attempt that ended cannot be closed") {
  for (const auto state : final_states) {
    const auto payment = payment_in(state);
    const auto result = transition(payment, I::close_requested, nullptr, now, 0);
    INFO(name_of(state));
    CHECK(result.change == Change::nothing);
    CHECK(same(result.next, payment));
  }
}

TEST_CASE("a success of what had ended asks to give the money back and changes nothing (P13)") {
  for (const auto state : {S::declined, S::closed}) {
    INFO(name_of(state));
    const auto payment = payment_in(state);
    const auto late = hear(payment, ChannelVerdict::succeeded);
    CHECK(late.change == Change::late);
    CHECK(late.effect == Effect::give_back);
    CHECK(same(late.next, payment));
  }
  const auto again = hear(payment_in(S::succeeded), ChannelVerdict::succeeded);
  CHECK(again.change == Change::nothing);
  CHECK(again.effect == Effect::none);
}

TEST_CASE("at its deadline a barcode's charge is reversed and a qr's closed (P22)") {
  for (const auto state : open_states) {
    INFO(name_of(state));
    const auto barcode = payment_in(state, MethodType::barcode);
    const auto qr = payment_in(state, MethodType::qr);
    CHECK(channel_act(barcode, barcode.expires_at_ms - 1) == ChannelAct::query);
    CHECK(channel_act(qr, qr.expires_at_ms - 1) == ChannelAct::query);
    CHECK(channel_act(barcode, barcode.expires_at_ms) == ChannelAct::reverse);
    CHECK(channel_act(qr, qr.expires_at_ms) == ChannelAct::close);
    CHECK(channel_act(close_asked(state), now) == ChannelAct::close);
    CHECK(channel_act(close_asked(state), barcode.expires_at_ms) == ChannelAct::close);
    auto timeless = barcode;
    timeless.expires_at_ms = 0;
    CHECK(channel_act(timeless, now + 1'000'000) == ChannelAct::query);
  }
  for (const auto state : final_states) CHECK(channel_act(payment_in(state), now + 100'000) == ChannelAct::none);
}

TEST_CASE("what the deadline closed says so, what the channel closed before does not") {
  auto payment = payment_in(S::unknown, MethodType::qr);
  CHECK(hear(payment, ChannelVerdict::closed, payment.expires_at_ms - 1).next.decline_code.empty());
  const auto expired = hear(payment, ChannelVerdict::closed, payment.expires_at_ms).next;
  CHECK(expired.decline_code == "expired");
  CHECK(expired.close == CloseState::none);
  const auto reversed = hear(payment, ChannelVerdict::reversed, payment.expires_at_ms).next;
  CHECK(reversed.state == S::reversed);
  CHECK(reversed.close == CloseState::none);
  CHECK(reversed.sealed_code.empty());
}

TEST_CASE("an answer that differs is asked about, never closed or reversed (P23)") {
  for (const auto method : {MethodType::barcode, MethodType::qr}) {
    for (const auto state : open_states) {
      INFO(name_of(method) << " " << name_of(state));
      auto payment = hear(payment_in(state, method), ChannelVerdict::mismatched).next;
      CHECK(payment.state == S::unknown);
      CHECK(payment.decline_code == answer_differs);
      CHECK(channel_act(payment, now) == ChannelAct::query);
      CHECK(channel_act(payment, payment.expires_at_ms) == ChannelAct::query);
      payment = transition(payment, I::close_requested, nullptr, now, 0).next;
      CHECK(payment.decline_code == answer_differs);
      CHECK(channel_act(payment, payment.expires_at_ms) == ChannelAct::query);
      payment = hear(payment, ChannelVerdict::unanswered).next;
      CHECK(payment.decline_code == answer_differs);
      CHECK(hear(payment, ChannelVerdict::succeeded).next.state == S::succeeded);
      CHECK(hear(payment, ChannelVerdict::succeeded).next.decline_code.empty());
    }
  }
}

TEST_CASE("a charge that was told of with another amount is not unheard of: neither repeated nor expired (P23)") {
  auto payment = payment_in(S::processing);
  payment.sent_at_ms = now - 4'000;
  payment = hear(payment, ChannelVerdict::mismatched).next;
  const auto forgotten = hear(payment, ChannelVerdict::unheard);
  CHECK(forgotten.effect == Effect::query_later);
  CHECK(forgotten.next.state == S::unknown);
  CHECK(forgotten.next.decline_code == answer_differs);
  const auto overdue = hear(payment, ChannelVerdict::unheard, payment.expires_at_ms + 1);
  CHECK(overdue.effect == Effect::query_later);
  CHECK(overdue.next.state == S::unknown);
}
