// What a stored payment lets its merchant do next: attempts (P8) and closes (P12), over every state.
#include <catch2/catch.hpp>

#include "gateway/close_intake.hpp"
#include "gateway/standing.hpp"

namespace {
using namespace acq;
using namespace acq::gateway;

constexpr Fingerprint ours{1, 2, 3, 4, 5, 6, 7};
constexpr Fingerprint others{9, 2, 9, 4, 5, 6, 7};

Payment payment_in(PaymentState state, std::int32_t attempt = 1) {
  Payment payment;
  payment.payment_id = make_payment_id(1'795'508'130'000, 7, 42);
  payment.merchant_order_id = "order-1";
  payment.attempt = attempt;
  payment.amount = 1'000;
  payment.currency = *Currency::parse("CNY");
  payment.state = state;
  payment.sequence = 4;
  return payment;
}

PaymentRequested asks(std::int32_t attempt, std::int64_t amount = 1'000, const char* currency = "CNY") {
  PaymentRequested intent;
  intent.attempt = attempt;
  intent.amount = amount;
  intent.currency = *Currency::parse(currency);
  intent.fingerprint = ours;
  return intent;
}

AttemptStanding standing_of(const Payment& payment, const PaymentRequested& intent,
                            const std::optional<Fingerprint>& begun_with = {}) {
  return judge_attempt(payment, begun_with, intent).standing;
}
}  // namespace

TEST_CASE("attempts: one more is open only behind declined and closed") {
  for (const auto state : all_payment_states) {
    INFO(name_of(state));
    const bool open = state == PaymentState::declined || state == PaymentState::closed;
    const auto wanted = open ? AttemptStanding::open : AttemptStanding::not_open;
    CHECK(standing_of(payment_in(state), asks(2)) == wanted);
    CHECK(standing_of(payment_in(state), asks(3)) == AttemptStanding::not_open);
    CHECK(standing_of(payment_in(state, 3), asks(2)) == AttemptStanding::not_open);
  }
}

TEST_CASE("attempts: one that has begun is answered whatever became of it, or its fields differ") {
  for (const auto state : all_payment_states) {
    for (const std::int32_t present : {2, 3}) {
      INFO(name_of(state) << " at attempt " << present);
      CHECK(standing_of(payment_in(state, present), asks(2), ours) == AttemptStanding::begun);
      const auto differs = judge_attempt(payment_in(state, present), others, asks(2));
      CHECK(differs.standing == AttemptStanding::differs);
      CHECK(differs.differing == std::vector<Field>{Field::amount, Field::method});
    }
  }
}

TEST_CASE("attempts: a number that a close holds has not begun, and the writer decides") {
  CHECK(standing_of(payment_in(PaymentState::declined), asks(2), Fingerprint{}) == AttemptStanding::open);
  CHECK(standing_of(payment_in(PaymentState::processing), asks(2), Fingerprint{}) == AttemptStanding::not_open);
}

TEST_CASE("attempts: amount and currency stay the payment's, and the ones that differ are named") {
  const auto amount = judge_attempt(payment_in(PaymentState::declined), {}, asks(2, 999));
  CHECK(amount.standing == AttemptStanding::differs);
  CHECK(amount.differing == std::vector<Field>{Field::amount});
  const auto both = judge_attempt(payment_in(PaymentState::closed), {}, asks(2, 999, "USD"));
  CHECK(both.differing == std::vector<Field>{Field::amount, Field::currency});
  // Not open at all comes first: nothing is compared then.
  CHECK(standing_of(payment_in(PaymentState::succeeded), asks(2, 999)) == AttemptStanding::not_open);
}

TEST_CASE("closes: the present attempt until it has ended, asked once") {
  for (const auto state : all_payment_states) {
    INFO(name_of(state));
    auto payment = payment_in(state, 2);
    const bool ended = is_final(state);
    CHECK(judge_close(payment, 2) == (ended ? CloseStanding::ended : CloseStanding::open));
    payment.close = CloseState::asked;
    CHECK(judge_close(payment, 2) == (ended ? CloseStanding::ended : CloseStanding::asked));
    CHECK(judge_close(payment, 1) == CloseStanding::ended);
  }
}

TEST_CASE("closes: an attempt that is still to come can be closed where it could come (P12)") {
  for (const auto state : all_payment_states) {
    INFO(name_of(state));
    const bool never =
        state == PaymentState::succeeded || state == PaymentState::reversed || state == PaymentState::refused;
    CHECK(judge_close(payment_in(state), 2) == (never ? CloseStanding::ended : CloseStanding::open));
  }
}

TEST_CASE("closes: the answer shows the payment with its close asked") {
  CloseRequested intent;
  intent.merchant_order_id = "order-1";
  const StoredPayment known{payment_in(PaymentState::awaiting_payer), {}};
  intent.payment_id = known.payment.payment_id;
  const auto shown = show_asked(intent, known);
  CHECK(shown.sequence == 4);
  CHECK(shown.json.find(R"("close":{"state":"asked"})") != std::string::npos);
  CHECK(shown.json.find(R"("state":"awaiting_payer")") != std::string::npos);
}

TEST_CASE("closes: of an attempt that nobody knows yet the answer says what was asked") {
  CloseRequested intent;
  intent.merchant_order_id = "order-1";
  CHECK(show_asked(intent, {}).json == R"({"merchant_order_id":"order-1","attempt":1,"close":{"state":"asked"}})");
  const StoredPayment before{payment_in(PaymentState::declined), {}};
  intent.payment_id = before.payment.payment_id;
  intent.attempt = 2;
  CHECK(show_asked(intent, before).json ==
        R"({"payment_id":")" + before.payment.payment_id.text() +
            R"(","merchant_order_id":"order-1","attempt":2,"close":{"state":"asked"}})");
}
