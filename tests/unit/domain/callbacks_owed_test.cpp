// What a merchant is owed of a payment's changes: told, told later, told anew.
#include <catch2/catch.hpp>

#include "common/domain/schedule.hpp"
#include "tests/unit/domain/payments.hpp"

using namespace acq;

namespace {
using S = PaymentState;
}  // namespace

TEST_CASE("an acknowledged callback settles what it told, and no more") {
  auto payment = payment_in(S::succeeded);
  payment.sequence = 4;
  payment.told_sequence = 1;
  payment.tell_attempts = 3;
  payment.next_tell_at_ms = now - 1;
  CallbackAnswer answer;
  answer.verdict = CallbackVerdict::acknowledged;

  answer.sequence = 4;
  const auto told = apply_callback(payment, answer, now, 0);
  CHECK(told.told_sequence == 4);
  CHECK(told.tell_attempts == 0);
  CHECK(told.next_tell_at_ms == 0);
  CHECK_FALSE(told.is_open());

  answer.sequence = 3;  // the payment has moved on since
  const auto partly = apply_callback(payment, answer, now, 0);
  CHECK(partly.told_sequence == 3);
  CHECK(partly.next_tell_at_ms == now);
  CHECK(partly.is_open());

  answer.sequence = 1;  // told before
  const auto again = apply_callback(payment, answer, now, 0);
  CHECK(again.told_sequence == 1);
  CHECK(again.tell_attempts == 3);

  answer.sequence = 99;  // cannot acknowledge what was never told
  CHECK(apply_callback(payment, answer, now, 0).told_sequence == 4);
}

TEST_CASE("a failed callback is tried later, as the schedule or the merchant says") {
  auto payment = payment_in(S::succeeded);
  payment.told_sequence = payment.sequence - 1;
  CallbackAnswer answer;
  answer.sequence = payment.sequence;
  const auto first = apply_callback(payment, answer, now, 0);
  CHECK(first.tell_attempts == 1);
  CHECK(first.next_tell_at_ms == now + 5'000);
  answer.retry_after_ms = 60'000;
  CHECK(apply_callback(payment, answer, now, 0).next_tell_at_ms == now + 60'000);
  answer.retry_after_ms = INT64_MAX;
  CHECK(apply_callback(payment, answer, now, 0).next_tell_at_ms == now + retry_after_ms_max);
  answer.retry_after_ms = -1;
  CHECK(apply_callback(payment, answer, now, 0).next_tell_at_ms == now + 5'000);

  payment.tell_attempts = 1'000;
  const auto parked = apply_callback(payment, answer, now, 0);
  CHECK(parked.next_tell_at_ms == parked_until_ms);
  CHECK(parked.is_open());
}
