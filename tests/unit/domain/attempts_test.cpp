// The next attempt of a payment: when it may begin, what it keeps, and whose answers count.
#include <catch2/catch.hpp>

#include "tests/unit/domain/payments.hpp"

using namespace acq;

namespace {
using S = PaymentState;
using I = Input;
}  // namespace

TEST_CASE("only a declined or closed attempt is followed by another") {
  for (const auto state : all_payment_states) {
    const auto payment = payment_in(state);
    INFO(name_of(state));
    const bool open = state == S::declined || state == S::closed;
    CHECK(attempt_refused(payment, next_intent(payment)).value_or("") == (open ? "" : "attempt_not_open"));
  }
}

TEST_CASE("the next attempt's number is one more, its amount and currency the same") {
  const auto payment = payment_in(S::declined);
  auto intent = next_intent(payment);
  for (const auto attempt : {0, 1, 3, 20}) {
    intent.attempt = attempt;
    CHECK(attempt_refused(payment, intent).value_or("") == "attempt_not_open");
  }
  intent = next_intent(payment);
  intent.amount += 1;
  CHECK(attempt_refused(payment, intent).value_or("") == "fields_differ");
  intent = next_intent(payment);
  intent.currency = *Currency::parse("USD");
  CHECK(attempt_refused(payment, intent).value_or("") == "fields_differ");
  intent = next_intent(payment);
  intent.method = MethodType::qr;
  intent.description = "another";
  CHECK_FALSE(attempt_refused(payment, intent));
}

TEST_CASE("the next attempt keeps the payment's identity and begins anew in everything else") {
  auto payment = payment_in(S::declined);
  payment.decline_code = "insufficient_funds";
  payment.close = CloseState::refused;
  payment.close_code = "declined";
  payment.channel_reference = "ref-1";
  payment.code_url = "https://channel.example/qr/1";
  payment.sent_at_ms = now - 1;
  payment.queries = 9;
  payment.tell_attempts = 2;
  payment.partition = 3;
  payment.log_offset = 77;
  const auto intent = next_intent(payment);
  const auto next = next_attempt(payment, intent);

  CHECK(next.payment_id == payment.payment_id);
  CHECK(next.created_at_ms == payment.created_at_ms);
  CHECK(next.partition == 3);
  CHECK(next.log_offset == 77);
  CHECK(next.sequence == payment.sequence);
  CHECK(next.told_sequence == payment.told_sequence);
  CHECK(next.earlier == std::vector<EndedAttempt>{{1, S::declined, "insufficient_funds"}});

  CHECK(next.attempt == 2);
  CHECK(next.state == S::accepted);
  CHECK(next.method == MethodType::qr);
  CHECK(next.expires_at_ms == intent.expires_at_ms);
  CHECK(next.sealed_code == intent.sealed_code);
  CHECK(next.close == CloseState::none);
  CHECK(next.close_code.empty());
  CHECK(next.decline_code.empty());
  CHECK(next.channel_reference.empty());
  CHECK(next.code_url.empty());
  CHECK(next.sent_at_ms == 0);
  CHECK(next.queries == 0);

  const auto sent = transition(next, I::requested, nullptr, now, 0);
  CHECK(sent.effect == Effect::charge);
  CHECK(sent.next.state == S::processing);
  CHECK(sent.next.sequence == payment.sequence + 1);

  auto third = next_attempt(transition(sent.next, I::closed, nullptr, now, 0).next, [&] {
    auto later = intent;
    later.attempt = 3;
    return later;
  }());
  CHECK(third.earlier ==
        std::vector<EndedAttempt>{{1, S::declined, "insufficient_funds"}, {2, S::closed, std::string()}});
}

TEST_CASE("a close that came before the next attempt closes that one only (P12)") {
  const auto payment = payment_in(S::closed);
  const auto held = transition(next_attempt(payment, next_intent(payment)), I::close_held, nullptr, now, 0);
  CHECK(held.next.state == S::closed);
  CHECK(held.next.attempt == 2);
  CHECK(held.next.sequence == payment.sequence + 1);
  CHECK(held.effect == Effect::none);
}

TEST_CASE("an answer of another attempt decides nothing (P13)") {
  const auto other = GENERATE(1, 3);
  for (const auto& row : state_table()) {
    auto payment = payment_in(row.from);
    payment.attempt = 2;
    const auto answer = answer_of(ChannelVerdict::succeeded, other);
    const auto result = transition(payment, row.input, &answer, now, 0);
    INFO(name_of(row.from) << " x " << name_of(row.input));
    CHECK(result.change == Change::contradicts);
    CHECK(same(result.next, payment));
    CHECK(result.effect == Effect::none);
  }
}
