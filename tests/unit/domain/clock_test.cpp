// When a payment's channel is asked next: on its method's clock, at its deadline, overdue, and pressed by a close.
#include <catch2/catch.hpp>

#include "common/domain/schedule.hpp"
#include "tests/unit/domain/payments.hpp"

using namespace acq;

namespace {

using S = PaymentState;
using I = Input;

Payment unanswered(const Payment& payment, std::int64_t at, double random = 0) {
  const auto answer = answer_of(ChannelVerdict::unanswered, payment.attempt);
  return transition(payment, I::unanswered, &answer, at, random).next;
}

}  // namespace

TEST_CASE("an open payment is asked about on its method's clock") {
  for (const auto method : {MethodType::barcode, MethodType::qr}) {
    auto payment = payment_in(S::processing, method);
    payment.expires_at_ms = now + 7LL * 24 * 3600 * 1000;
    auto at = now;
    for (std::int32_t asked = 0; asked < 12; ++asked) {
      payment = unanswered(payment, at);
      INFO(name_of(method) << " after " << asked);
      CHECK(payment.next_query_at_ms - at == query_delay_ms(method, asked, 0));
      CHECK(payment.queries == asked + 1);
      at = payment.next_query_at_ms;
    }
  }
}

TEST_CASE("the next query is never beyond a deadline that lies ahead (P22)") {
  const auto left = GENERATE(std::int64_t{1}, 500, 999, 1'000, 14'999, 60'000);
  for (const auto& row : state_table()) {
    for (const auto close : {CloseState::none, CloseState::asked}) {
      for (const auto method : {MethodType::barcode, MethodType::qr}) {
        auto payment = payment_in(row.from, method);
        payment.next_query_at_ms = 0;
        payment.expires_at_ms = now + left;
        payment.close = close;
        payment.queries = 40;
        const auto answer = answer_of(ChannelVerdict::unanswered);
        const auto after = transition(payment, row.input, &answer, now, 0.999).next;
        INFO(name_of(row.from) << " x " << name_of(row.input) << ", " << left << " ms left");
        CHECK(after.next_query_at_ms <= payment.expires_at_ms);
      }
    }
  }
}

TEST_CASE("past its deadline a payment is asked about on qr's clock, counted from there (P22)") {
  for (const auto method : {MethodType::barcode, MethodType::qr}) {
    for (const std::int64_t overdue_ms : {0, 14'999, 15'000, 44'999, 45'000, 400'000, 90'000'000}) {
      auto payment = payment_in(S::unknown, method);
      payment.expires_at_ms = now - overdue_ms;
      CHECK(unanswered(payment, now).next_query_at_ms == now + overdue_delay_ms(overdue_ms, 0));
    }
  }
}

TEST_CASE("a close is pressed on a barcode's clock until the deadline") {
  auto payment = payment_in(S::awaiting_payer, MethodType::qr);
  payment.expires_at_ms = now + 900'000;
  payment.queries = 4;
  payment = transition(payment, I::close_requested, nullptr, now, 0).next;
  CHECK(payment.next_query_at_ms == now + 1'000);
  for (const std::int64_t delay : {1'000, 2'000, 2'000, 3'000, 5'000, 5'000}) {
    payment = unanswered(payment, now);
    CHECK(payment.next_query_at_ms == now + delay);
  }
  // Asked for when the deadline is long over, it is tried at once all the same.
  payment = payment_in(S::unknown, MethodType::qr);
  payment.expires_at_ms = now - 90'000'000;
  CHECK(transition(payment, I::close_requested, nullptr, now, 0).next.next_query_at_ms == now + 1'000);
}

TEST_CASE("a repeated charge keeps the clock of unknown running") {
  const auto before = payment_in(S::unknown);
  const auto answer = answer_of(ChannelVerdict::unheard);
  const auto result = transition(before, I::unheard, &answer, now, 0.5);
  CHECK(result.effect == Effect::charge);
  CHECK(result.next.next_query_at_ms > now);
  CHECK(result.next.queries == before.queries);
  CHECK(result.next.unknown_since_ms == before.unknown_since_ms);
}

TEST_CASE("a payment without a deadline is asked about for ever") {
  auto payment = payment_in(S::unknown, MethodType::qr);
  payment.expires_at_ms = 0;
  payment.queries = 1'000;
  CHECK(unanswered(payment, now).next_query_at_ms == now + query_delay_ms(MethodType::qr, 1'000, 0));
  CHECK(transition(payment, I::unheard, nullptr, now, 0).effect == Effect::charge);
}
