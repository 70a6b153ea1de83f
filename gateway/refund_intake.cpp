#include "gateway/refund_intake.hpp"

#include "common/crypto/bytes.hpp"
#include "common/faults/fault_points.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "gateway/names.hpp"

namespace acq::gateway {
namespace {

namespace asio = boost::asio;

constexpr std::int32_t no_attempt = 1;  // refunds have none: every number is one

RefundId refund_id_of(const Reservation& reservation) {
  return same_bytes<RefundId>(reservation.payment_id);
}

Reservation wanted_reservation(const Payment& payment, const RefundFingerprint& fingerprint, std::int64_t now_ms) {
  Reservation wanted;
  wanted.payment_id = make_payment_id(now_ms, route_of(payment.payment_id), crypto::random_word());
  wanted.attempt = no_attempt;
  wanted.fingerprint = reserved_form(fingerprint);
  wanted.deadline_ms = now_ms + limits::reservation_deadline_ms;
  wanted.accepted_at_ms = now_ms;
  return wanted;
}

RefundRequested intent_of(const RefundAsked& asked, const Payment& payment, const Reservation& reservation) {
  RefundRequested intent;
  intent.refund_id = refund_id_of(reservation);
  intent.intent_id = same_bytes<IntentId>(intent.refund_id);
  intent.payment_id = payment.payment_id;
  intent.merchant_id = asked.merchant.id;
  intent.merchant_order_id = payment.merchant_order_id;
  intent.merchant_refund_id = asked.wanted.merchant_refund_id;
  intent.amount = asked.wanted.amount;
  intent.currency = payment.currency;
  intent.reason = asked.wanted.reason;
  intent.accepted_at_ms = reservation.accepted_at_ms;
  intent.fingerprint = refund_fingerprint_of(reservation);
  intent.traceparent = asked.traceparent;
  return intent;
}

Refusal fields_differ(const RefundFingerprint& known, const RefundFingerprint& asked) {
  return {.code = Errc::fields_differ, .money = MoneyWord::possibly, .faults = differing_refund_fields(known, asked)};
}

}  // namespace

RefundCreation answer_known(NumberedRefund known, const RefundFingerprint& fingerprint) {
  if (known.fingerprint != fingerprint) return fields_differ(known.fingerprint, fingerprint);
  if (known.stored) return Refunding{std::move(*known.stored), true};
  return Refusal{.code = Errc::not_yet_known, .money = MoneyWord::possibly, .refund_id = known.refund_id};
}

Refusal refund_refusal(const RefundJudgement& judgement, const Payment& payment) {
  if (judgement.standing == RefundStanding::exceeds) {
    return {.code = Errc::refund_exceeds, .money = MoneyWord::possibly, .remaining = judgement.remaining};
  }
  return {
      .code = Errc::not_refundable, .money = MoneyWord::possibly, .payment_id = payment.payment_id, .payment = payment};
}

bool is_earlier_refund(const std::optional<Reservation>& reserved, const RefundFingerprint& fingerprint,
                       std::int64_t now_ms) noexcept {
  switch (decide(reserved, reserved_form(fingerprint), no_attempt, now_ms)) {
    case Decision::replay:
    case Decision::in_progress:
    case Decision::resend:
    case Decision::fields_differ:
      return true;
    case Decision::fresh:
    case Decision::replace:
    case Decision::attempt_ahead:
      return false;
  }
  return false;
}

asio::awaitable<RefundCreation> RefundIntake::create(RefundAsked asked, PaymentId payment) {
  if (!parts_.offers.open()) co_return Refusal{.code = Errc::log_unavailable, .money = MoneyWord::not_looked_up};
  Finding found = co_await parts_.payments.find(asked.merchant.id, payment);
  if (auto* refusal = std::get_if<Refusal>(&found)) {
    // "Not found" is a fact (P7): there is nothing that could have been refunded.
    refusal->money = refusal->code == Errc::not_found ? MoneyWord::untouched : MoneyWord::possibly;
    co_return std::move(*refusal);
  }
  Payment known = std::move(std::get<StoredPayment>(found).payment);
  auto facts = co_await parts_.refunds.facts(known, asked.wanted.merchant_refund_id);
  if (!facts) co_return Refusal{.code = Errc::not_yet_known, .money = MoneyWord::possibly};
  const RefundFingerprint fingerprint = fingerprint_of(known.payment_id, asked.wanted, parts_.fingerprint_key);
  if (facts->numbered) co_return answer_known(std::move(*facts->numbered), fingerprint);

  const std::int64_t now = runtime::unix_ms();
  Reservation wanted = wanted_reservation(known, fingerprint, now);
  const RefundRequested intent = intent_of(asked, known, wanted);
  const RefundJudgement judgement = judge_refund(known, facts->gate, intent);
  if (judgement.standing != RefundStanding::open) {
    std::string key = refund_reservation_key(asked.merchant.id, asked.wanted.merchant_refund_id);
    const auto reserved = co_await parts_.reservations.peek(std::move(key));
    if (!is_earlier_refund(reserved, fingerprint, now)) co_return refund_refusal(judgement, known);
  }
  RefundCreation answer = co_await accept(std::move(asked), std::move(known), std::move(wanted));
  co_return answer;
}

asio::awaitable<RefundCreation> RefundIntake::accept(RefundAsked asked, Payment payment, Reservation wanted) {
  const RefundFingerprint fingerprint = refund_fingerprint_of(wanted);
  const std::int64_t now = wanted.accepted_at_ms;
  std::string key = refund_reservation_key(asked.merchant.id, asked.wanted.merchant_refund_id);
  Claim claim = co_await parts_.reservations.claim(std::move(key), std::move(wanted), now);
  switch (claim.decision) {
    case Decision::in_progress:
      co_return Refusal{
          .code = Errc::in_progress, .money = MoneyWord::possibly, .refund_id = refund_id_of(claim.reservation)};
    case Decision::fields_differ:
      co_return fields_differ(refund_fingerprint_of(claim.reservation), fingerprint);
    case Decision::replay: {
      RefundRequested first = intent_of(asked, payment, claim.reservation);
      RefundCreation replayed = co_await replay(std::move(claim), std::move(first));
      co_return replayed;
    }
    case Decision::attempt_ahead:  // never reserved by us
    case Decision::fresh:
    case Decision::replace:
    case Decision::resend:
      break;
  }
  RefundRequested intent = intent_of(asked, payment, claim.reservation);
  RefundCreation answer = co_await offer(std::move(claim), std::move(intent), asked.began_ms);
  co_return answer;
}

asio::awaitable<RefundCreation> RefundIntake::offer(Claim claim, RefundRequested intent, std::int64_t began_ms) {
  const Intent whole = std::move(intent);
  const auto& requested = std::get<RefundRequested>(whole);
  Offer made = offer_of(whole, parts_.partitions);
  made.claim = std::move(claim);
  faults::crash_point(faults::Point::reserved);
  const OfferEnd end = co_await parts_.offers.make(std::move(made), offer_deadline_ms(began_ms));
  switch (end) {
    case OfferEnd::persisted:
      co_return Refunding{{shown_as_accepted(requested), {}}, false};
    case OfferEnd::refused:
      co_return Refusal{.code = Errc::log_unavailable, .money = MoneyWord::possibly};
    case OfferEnd::unknown:
      break;
  }
  co_return Refusal{.code = Errc::outcome_unknown, .money = MoneyWord::possibly, .refund_id = requested.refund_id};
}

asio::awaitable<RefundCreation> RefundIntake::replay(Claim claim, RefundRequested intent) {
  const RefundId id = refund_id_of(claim.reservation);
  auto stored = co_await parts_.refunds.look(intent.merchant_id, id);
  if (!stored) co_return Refusal{.code = Errc::not_yet_known, .money = MoneyWord::possibly, .refund_id = id};
  if (stored->has_value()) co_return Refunding{std::move(**stored), true};
  // Persisted, not yet applied: what the first answer said.
  co_return Refunding{{shown_as_accepted(intent), {}}, true};
}

}  // namespace acq::gateway
