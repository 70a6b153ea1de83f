#include "gateway/close_intake.hpp"

#include "common/codec/close_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "gateway/standing.hpp"

namespace acq::gateway {
namespace {

namespace asio = boost::asio;

Refusal log_unavailable() {
  return {.code = Errc::log_unavailable, .money = MoneyWord::not_looked_up};
}

CloseRequested intent_of(const CloseAsked& asked, std::string merchant_order_id, std::int32_t attempt,
                         const std::optional<StoredPayment>& known) {
  const std::int64_t now = runtime::unix_ms();
  CloseRequested intent;
  intent.intent_id = make_intent_id(now, route_hash(asked.merchant.id, merchant_order_id), crypto::random_word());
  if (known) intent.payment_id = known->payment.payment_id;
  intent.merchant_id = asked.merchant.id;
  intent.merchant_order_id = std::move(merchant_order_id);
  intent.attempt = attempt;
  intent.accepted_at_ms = now;
  intent.traceparent = asked.traceparent;
  return intent;
}

}  // namespace

asio::awaitable<CloseAnswer> CloseIntake::by_id(CloseAsked asked, PaymentId id) {
  if (!parts_.offers.open()) co_return log_unavailable();
  Finding found = co_await parts_.reader.find(asked.merchant.id, id);
  if (auto* refusal = std::get_if<Refusal>(&found)) {
    // "Not found" is a fact (P7): there was nothing that money could have been moved by.
    refusal->money = refusal->code == Errc::not_found ? MoneyWord::untouched : MoneyWord::possibly;
    co_return std::move(*refusal);
  }
  std::optional<StoredPayment> known = std::move(std::get<StoredPayment>(found));
  const std::int32_t attempt = co_await present_attempt(asked.merchant.id, known->payment);
  std::string number = known->payment.merchant_order_id;
  CloseAnswer answer = co_await close(std::move(asked), std::move(number), attempt, std::move(known));
  co_return answer;
}

asio::awaitable<CloseAnswer> CloseIntake::by_number(CloseAsked asked, std::string merchant_order_id,
                                                    std::optional<std::int32_t> attempt) {
  if (!parts_.offers.open()) co_return log_unavailable();
  auto found = co_await parts_.reader.find_by_number(asked.merchant.id, merchant_order_id);
  std::optional<StoredPayment> known;
  if (found) known = std::move(*found);  // else the database is away, and the close goes on without it
  std::int32_t named = attempt.value_or(1);
  if (!attempt && known) named = co_await present_attempt(asked.merchant.id, known->payment);
  CloseAnswer answer = co_await close(std::move(asked), std::move(merchant_order_id), named, std::move(known));
  co_return answer;
}

asio::awaitable<std::int32_t> CloseIntake::present_attempt(MerchantId merchant, const Payment& payment) {
  const std::int32_t next = payment.attempt + 1;
  const bool may_go_on = payment.state == PaymentState::declined || payment.state == PaymentState::closed;
  if (!may_go_on || next > limits::attempts_max) co_return payment.attempt;
  const bool reserved = co_await parts_.reader.is_reserved(merchant, payment.merchant_order_id, next);
  if (reserved) co_return next;
  co_return payment.attempt;
}

asio::awaitable<CloseAnswer> CloseIntake::close(CloseAsked asked, std::string merchant_order_id, std::int32_t attempt,
                                                std::optional<StoredPayment> known) {
  if (known) {
    const Payment& payment = known->payment;
    switch (judge_close(payment, attempt)) {
      case CloseStanding::ended:
        co_return Refusal{.code = Errc::not_closable,
                          .money = MoneyWord::possibly,
                          .payment_id = payment.payment_id,
                          .payment = payment};
      case CloseStanding::asked:
        co_return Closing{payment.payment_id, true, show(payment, known->aliases)};
      case CloseStanding::open:
        break;
    }
  }
  const Intent whole = intent_of(asked, std::move(merchant_order_id), attempt, known);
  const auto& intent = std::get<CloseRequested>(whole);
  Offer made = offer_of(whole, parts_.partitions);
  const OfferEnd end = co_await parts_.offers.make(std::move(made), offer_deadline_ms(asked.began_ms));
  switch (end) {
    case OfferEnd::persisted:
      co_return Closing{intent.payment_id, false, show_asked(intent, std::move(known))};
    case OfferEnd::refused:
      co_return Refusal{.code = Errc::log_unavailable, .money = MoneyWord::possibly};
    case OfferEnd::unknown:
      break;
  }
  co_return Refusal{.code = Errc::outcome_unknown, .money = MoneyWord::possibly, .payment_id = intent.payment_id};
}

Shown show_asked(const CloseRequested& intent, std::optional<StoredPayment> known) {
  if (known && known->payment.attempt == intent.attempt) {
    known->payment.close = CloseState::asked;
    return show(known->payment, known->aliases);
  }
  Shown shown;
  codec::write_close_asked(shown.json, intent.merchant_order_id, intent.attempt, intent.payment_id);
  return shown;
}

}  // namespace acq::gateway
