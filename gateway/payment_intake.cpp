#include "gateway/payment_intake.hpp"

#include <algorithm>

#include "common/codec/intent_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/domain/state_machine.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "gateway/fingerprint.hpp"
#include "gateway/names.hpp"

namespace acq::gateway {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t no_offset_yet = -1;

std::vector<FieldFault> name_fields(const std::vector<Field>& fields) {
  std::vector<FieldFault> faults;
  for (const Field field : fields) faults.push_back({"/" + std::string(acq::name_of(field)), "differs"});
  return faults;
}

/// The intent but for what differs between its offers.
PaymentRequested described(const Merchant& merchant, const PaymentRequest& request, const Reservation& reservation) {
  PaymentRequested intent;
  intent.intent_id.bytes = reservation.payment_id.bytes;  // attempt 1
  intent.payment_id = reservation.payment_id;
  intent.merchant_id = merchant.id;
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
  return intent;
}

}  // namespace

Reservation PaymentIntake::wanted_reservation(const Merchant& merchant, const PaymentRequest& request,
                                              std::int64_t now_ms) const {
  Reservation wanted;
  const std::uint16_t route = route_hash(merchant.id, request.merchant_order_id);
  wanted.payment_id = make_payment_id(now_ms, route, crypto::random_word());
  wanted.attempt = request.attempt;
  wanted.fingerprint = fingerprint_of(request, parts_.fingerprint_key);
  wanted.deadline_ms = now_ms + limits::reservation_deadline_ms;
  wanted.accepted_at_ms = now_ms;
  wanted.expires_at_ms = request.expires_at_ms;
  return wanted;
}

Result<PaymentRequested> PaymentIntake::intent_of(const Merchant& merchant, const PaymentRequest& request,
                                                  const Reservation& reservation, std::string traceparent) const {
  PaymentRequested intent = described(merchant, request, reservation);
  intent.traceparent = std::move(traceparent);
  if (request.method == MethodType::barcode) {
    const crypto::Secret* day_key = parts_.directory->code_key_at(reservation.accepted_at_ms);
    if (day_key == nullptr)
      return Failure(Errc::internal, "no key of the day for payment codes: is settlement running?");
    intent.sealed_code = crypto::seal(*day_key, "code:" + reservation.payment_id.text(), request.code);
  }
  return intent;
}

asio::awaitable<Creation> PaymentIntake::create(Merchant merchant, PaymentRequest request, std::string traceparent,
                                                std::int64_t began_ms) {
  if (!parts_.offers.open()) co_return Refusal{.code = Errc::log_unavailable, .money = MoneyWord::not_looked_up};
  if (request.attempt > 1) {
    Creation refused = co_await attempt_not_open(merchant, std::move(request));
    co_return refused;
  }
  const std::int64_t now = runtime::unix_ms();
  Reservation wanted = wanted_reservation(merchant, request, now);
  // Made before anything is reserved, because it may fail; a resend makes its own again.
  auto intent = intent_of(merchant, request, wanted, traceparent);
  if (!intent) {
    runtime::log_error("intent_not_made", {{"detail", intent.error().detail}});
    co_return Refusal{.code = intent.error().code, .money = MoneyWord::not_looked_up};
  }
  std::string key = reservation_key(merchant.id, request.merchant_order_id);
  Claim claim = co_await parts_.reservations.claim(std::move(key), wanted, now);

  if (claim.decision == Decision::fields_differ) {
    // What Redis did not know the writer refused (P11). The number is the earlier payment's; the writer decides again.
    const bool refused = co_await parts_.reader.was_refused(merchant.id, claim.reservation.payment_id);
    if (refused) {
      Claim replaced = co_await parts_.reservations.replace(std::move(claim), wanted);
      claim = std::move(replaced);
    }
  }
  const PaymentId known = claim.reservation.payment_id;
  switch (claim.decision) {
    case Decision::in_progress:
      co_return Refusal{.code = Errc::in_progress, .money = MoneyWord::possibly, .payment_id = known};
    case Decision::fields_differ: {
      const auto fields = differing_fields(claim.reservation.fingerprint, wanted.fingerprint);
      co_return Refusal{.code = Errc::fields_differ, .money = MoneyWord::possibly, .faults = name_fields(fields)};
    }
    case Decision::attempt_ahead: {
      Creation refused = co_await attempt_not_open(merchant, std::move(request));
      co_return refused;
    }
    case Decision::replay: {
      Creation replayed = co_await replay(std::move(claim), merchant, std::move(request));
      co_return replayed;
    }
    case Decision::resend:
      intent = intent_of(merchant, request, claim.reservation, std::move(traceparent));
      // The day key went between the two tries; the first may have been persisted.
      if (!intent) co_return Refusal{.code = Errc::outcome_unknown, .money = MoneyWord::possibly, .payment_id = known};
      break;
    case Decision::fresh:
    case Decision::replace:
      break;
  }
  PaymentRequested ready = std::move(*intent);
  Creation created = co_await offer(std::move(claim), std::move(ready), began_ms);
  co_return created;
}

asio::awaitable<Creation> PaymentIntake::offer(Claim claim, PaymentRequested intent, std::int64_t began_ms) {
  const std::int32_t partition = partition_of(route_of(intent.payment_id), parts_.partitions);
  std::string bytes = codec::encode_intent(intent);
  const std::int64_t left = limits::http_deadline_ms - (runtime::steady_ms() - began_ms);
  const auto deadline_ms = static_cast<std::uint32_t>(std::max<std::int64_t>(left, 1));
  const OfferEnd end = co_await parts_.offers.make(std::move(claim), partition, std::move(bytes), deadline_ms);
  switch (end) {
    case OfferEnd::persisted:
      co_return Created{intent.payment_id, false, show(payment_from(intent, partition, no_offset_yet))};
    case OfferEnd::refused:
      co_return Refusal{.code = Errc::log_unavailable, .money = MoneyWord::possibly};
    case OfferEnd::unknown:
      break;
  }
  co_return Refusal{.code = Errc::outcome_unknown, .money = MoneyWord::possibly, .payment_id = intent.payment_id};
}

asio::awaitable<Creation> PaymentIntake::replay(Claim claim, Merchant merchant, PaymentRequest request) {
  const PaymentId id = claim.reservation.payment_id;
  Look look = co_await parts_.reader.look(merchant.id, id);
  switch (look.kind) {
    case Look::Kind::found:
      co_return Created{id, true, std::move(look.shown)};
    case Look::Kind::unclear:
      co_return Refusal{.code = Errc::not_yet_known, .money = MoneyWord::possibly, .payment_id = id};
    case Look::Kind::absent:
      break;
  }
  // Persisted, not yet applied: what the first answer said.
  const auto accepted = described(merchant, request, claim.reservation);
  co_return Created{id, true,
                    show(payment_from(accepted, partition_of(route_of(id), parts_.partitions), no_offset_yet))};
}

asio::awaitable<Creation> PaymentIntake::attempt_not_open(Merchant merchant, PaymentRequest request) {
  Refusal refusal{.code = Errc::attempt_not_open, .money = MoneyWord::possibly};
  refusal.payment = co_await parts_.reader.stored_by_number(merchant.id, std::move(request.merchant_order_id));
  co_return refusal;
}

}  // namespace acq::gateway
