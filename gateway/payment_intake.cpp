#include "gateway/payment_intake.hpp"

#include "common/crypto/bytes.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/domain/state_machine.hpp"
#include "common/faults/fault_points.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "gateway/attempt_marker.hpp"
#include "gateway/fingerprint.hpp"
#include "gateway/names.hpp"
#include "gateway/standing.hpp"

namespace acq::gateway {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t no_offset_yet = -1;

Refusal fields_differ(const std::vector<Field>& fields) {
  Refusal refusal{.code = Errc::fields_differ, .money = MoneyWord::possibly};
  for (const Field field : fields) refusal.faults.push_back({"/" + std::string(acq::name_of(field)), "differs"});
  return refusal;
}

/// As answers name it: a later attempt is its payment's.
const PaymentId& told_id(const Asked& asked, const Reservation& reservation) {
  return asked.before ? asked.before->payment.payment_id : reservation.payment_id;
}

/// The intent but for what differs between its offers.
PaymentRequested described(const Asked& asked, const Reservation& reservation) {
  const PaymentRequest& request = asked.request;
  PaymentRequested intent;
  intent.intent_id = same_bytes<IntentId>(reservation.payment_id);
  intent.payment_id = told_id(asked, reservation);
  intent.merchant_id = asked.merchant.id;
  intent.merchant_order_id = request.merchant_order_id;
  intent.attempt = request.attempt;
  intent.amount = request.amount;
  intent.currency = request.currency;
  intent.method = request.method;
  intent.description = request.description;
  intent.callback_url = request.callback_url;
  intent.metadata = request.metadata;
  intent.accepted_at_ms = reservation.accepted_at_ms;
  intent.expires_at_ms = reservation.expires_at_ms;
  intent.fingerprint = reservation.fingerprint;
  intent.traceparent = asked.traceparent;
  return intent;
}

}  // namespace

Reservation PaymentIntake::wanted_reservation(const Asked& asked, std::int64_t now_ms) const {
  Reservation wanted;
  const std::uint16_t route = route_hash(asked.merchant.id, asked.request.merchant_order_id);
  wanted.payment_id = make_payment_id(now_ms, route, crypto::random_word());
  wanted.attempt = asked.request.attempt;
  wanted.fingerprint = fingerprint_of(asked.request, parts_.fingerprint_key);
  wanted.deadline_ms = now_ms + limits::reservation_deadline_ms;
  wanted.accepted_at_ms = now_ms;
  wanted.expires_at_ms = asked.request.expires_at_ms;
  return wanted;
}

Result<PaymentRequested> PaymentIntake::intent_of(const Asked& asked, const Reservation& reservation) const {
  PaymentRequested intent = described(asked, reservation);
  if (intent.method == MethodType::barcode) {
    const crypto::Secret* day_key = parts_.directory->code_key_at(reservation.accepted_at_ms);
    if (day_key == nullptr)
      return Failure(Errc::internal, "no key of the day for payment codes: is settlement running?");
    intent.sealed_code = crypto::seal(*day_key, "code:" + intent.payment_id.text(), asked.request.code);
  }
  return intent;
}

Shown PaymentIntake::accepted_view(const Asked& asked, const PaymentRequested& intent) const {
  if (asked.before) {
    Shown shown = show(next_attempt(asked.before->payment, intent), asked.before->aliases);
    shown.pending_attempt = intent.attempt;
    return shown;
  }
  return show(payment_from(intent, partition_of(route_of(intent.payment_id), parts_.partitions), no_offset_yet));
}

std::string PaymentIntake::marker_of(const Asked& asked, const PaymentRequested& intent) const {
  Shown shown = accepted_view(asked, intent);
  return encode_marker({intent.attempt, intent.intent_id, shown.sequence, std::move(shown.json)}, asked.merchant.id);
}

asio::awaitable<Creation> PaymentIntake::create(Asked asked) {
  if (!parts_.offers.open()) co_return Refusal{.code = Errc::log_unavailable, .money = MoneyWord::not_looked_up};
  if (asked.request.attempt > 1) {
    Creation created = co_await later_attempt(std::move(asked));
    co_return created;
  }
  Creation created = co_await accept(std::move(asked));
  co_return created;
}

asio::awaitable<Creation> PaymentIntake::later_attempt(Asked asked) {
  auto stored =
      co_await parts_.reader.find_attempt(asked.merchant.id, asked.request.merchant_order_id, asked.request.attempt);
  if (!stored) co_return Refusal{.code = Errc::not_yet_known, .money = MoneyWord::possibly};
  // Not stored so far, so nothing of this number has ended.
  if (!stored->payment) co_return Refusal{.code = Errc::attempt_not_open, .money = MoneyWord::possibly};
  const Payment& payment = stored->payment->payment;
  PaymentRequested wanted;
  wanted.attempt = asked.request.attempt;
  wanted.amount = asked.request.amount;
  wanted.currency = asked.request.currency;
  wanted.fingerprint = fingerprint_of(asked.request, parts_.fingerprint_key);
  const AttemptVerdict verdict = judge_attempt(payment, stored->fingerprint, wanted);
  switch (verdict.standing) {
    case AttemptStanding::begun:
      co_return Created{payment.payment_id, true, show(payment, stored->payment->aliases)};
    case AttemptStanding::differs:
      co_return fields_differ(verdict.differing);
    case AttemptStanding::not_open:
      co_return Refusal{.code = Errc::attempt_not_open,
                        .money = MoneyWord::possibly,
                        .payment_id = payment.payment_id,
                        .payment = payment};
    case AttemptStanding::open:
      break;
  }
  asked.before = std::move(stored->payment);
  Creation created = co_await accept(std::move(asked));
  co_return created;
}

asio::awaitable<Creation> PaymentIntake::accept(Asked asked) {
  const std::int64_t now = runtime::unix_ms();
  Reservation wanted = wanted_reservation(asked, now);
  // Made before anything is reserved, because it may fail; a resend makes its own again.
  auto intent = intent_of(asked, wanted);
  if (!intent) {
    runtime::log_error("intent_not_made", {{"detail", intent.error().detail}});
    co_return Refusal{.code = intent.error().code, .money = MoneyWord::not_looked_up};
  }
  std::string key = reservation_key(asked.merchant.id, asked.request.merchant_order_id, asked.request.attempt);
  Claim claim = co_await parts_.reservations.claim(std::move(key), wanted, now);

  if (claim.decision == Decision::fields_differ) {
    // What Redis did not know the writer refused (P11). The number is the earlier payment's; the writer decides again.
    const bool refused = co_await parts_.reader.was_refused(asked.merchant.id, claim.reservation.payment_id);
    if (refused) {
      Claim replaced = co_await parts_.reservations.replace(std::move(claim), wanted);
      claim = std::move(replaced);
    }
  }
  const PaymentId known = told_id(asked, claim.reservation);
  switch (claim.decision) {
    case Decision::in_progress:
      co_return Refusal{.code = Errc::in_progress, .money = MoneyWord::possibly, .payment_id = known};
    case Decision::fields_differ:
      co_return fields_differ(differing_fields(claim.reservation.fingerprint, wanted.fingerprint));
    case Decision::attempt_ahead:  // not ours to read: every attempt has a reservation of its own
      co_return Refusal{.code = Errc::attempt_not_open, .money = MoneyWord::possibly};
    case Decision::replay: {
      Creation replayed = co_await replay(std::move(claim), std::move(asked));
      co_return replayed;
    }
    case Decision::resend:
      intent = intent_of(asked, claim.reservation);
      // The day key went between the two tries; the first may have been persisted.
      if (!intent) co_return Refusal{.code = Errc::outcome_unknown, .money = MoneyWord::possibly, .payment_id = known};
      break;
    case Decision::fresh:
    case Decision::replace:
      break;
  }
  PaymentRequested ready = std::move(*intent);
  Creation created = co_await offer(std::move(claim), std::move(ready), std::move(asked));
  co_return created;
}

asio::awaitable<Creation> PaymentIntake::offer(Claim claim, PaymentRequested intent, Asked asked) {
  const Intent whole = std::move(intent);
  const auto& requested = std::get<PaymentRequested>(whole);
  Offer made = offer_of(whole, parts_.partitions);
  made.claim = std::move(claim);
  if (asked.before) {
    made.attempt = {requested.payment_id, marker_of(asked, requested)};
  }
  faults::crash_point(faults::Point::reserved);
  const OfferEnd end = co_await parts_.offers.make(std::move(made), offer_deadline_ms(asked.began_ms));
  switch (end) {
    case OfferEnd::persisted:
      co_return Created{requested.payment_id, false, accepted_view(asked, requested)};
    case OfferEnd::refused:
      co_return Refusal{.code = Errc::log_unavailable, .money = MoneyWord::possibly};
    case OfferEnd::unknown:
      break;
  }
  co_return Refusal{.code = Errc::outcome_unknown, .money = MoneyWord::possibly, .payment_id = requested.payment_id};
}

asio::awaitable<Creation> PaymentIntake::replay(Claim claim, Asked asked) {
  // Under its intent's id a later attempt is found only where the writer refused it; its payment was read before.
  const PaymentId own = claim.reservation.payment_id;
  const PaymentId told = told_id(asked, claim.reservation);
  Look look = co_await parts_.reader.look(asked.merchant.id, own);
  switch (look.kind) {
    case Look::Kind::found:
      co_return Created{own, true, std::move(look.shown)};
    case Look::Kind::unclear:
      co_return Refusal{.code = Errc::not_yet_known, .money = MoneyWord::possibly, .payment_id = told};
    case Look::Kind::absent:
      break;
  }
  if (asked.before) {  // not refused: begun by now, parked, or still on its way
    Look payment = co_await parts_.reader.look(asked.merchant.id, told);
    if (payment.kind == Look::Kind::found && present_attempt(payment.shown) >= asked.request.attempt) {
      co_return Created{told, true, std::move(payment.shown)};
    }
  }
  // Persisted, not yet applied: what the first answer said, and what reads show from now on.
  const PaymentRequested requested = described(asked, claim.reservation);
  if (asked.before) parts_.reservations.show_attempt(told, marker_of(asked, requested));
  co_return Created{told, true, accepted_view(asked, requested)};
}

}  // namespace acq::gateway
