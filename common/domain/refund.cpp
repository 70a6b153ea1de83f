#include "common/domain/refund.hpp"

#include <cstdlib>

#include "common/domain/schedule.hpp"
#include "common/limits.hpp"

namespace acq {

std::string_view name_of(RefundState state) noexcept {
  switch (state) {
    case RefundState::accepted:
      return "accepted";
    case RefundState::processing:
      return "processing";
    case RefundState::succeeded:
      return "succeeded";
    case RefundState::failed:
      return "failed";
    case RefundState::unknown:
      return "unknown";
  }
  std::abort();
}

std::optional<RefundState> refund_state_from_name(std::string_view name) noexcept {
  for (const auto state : {RefundState::accepted, RefundState::processing, RefundState::succeeded, RefundState::failed,
                           RefundState::unknown}) {
    if (name_of(state) == name) return state;
  }
  return std::nullopt;
}

std::string_view name_of(RefundOrigin origin) noexcept {
  switch (origin) {
    case RefundOrigin::automatic:
      return "automatic";
    case RefundOrigin::merchant:
      return "merchant";
  }
  std::abort();
}

std::optional<RefundOrigin> refund_origin_from_name(std::string_view name) noexcept {
  if (name == "automatic") return RefundOrigin::automatic;
  if (name == "merchant") return RefundOrigin::merchant;
  return std::nullopt;
}

Refund automatic_refund(const Payment& payment, std::int32_t attempt, std::int64_t now_ms) {
  Refund refund;
  refund.refund_id = automatic_refund_id(payment.payment_id, attempt);
  refund.payment_id = payment.payment_id;
  refund.attempt = attempt;
  refund.origin = RefundOrigin::automatic;
  refund.partition = payment.partition;
  refund.merchant_id = payment.merchant_id;
  refund.merchant_order_id = payment.merchant_order_id;
  refund.amount = payment.amount;
  refund.currency = payment.currency;
  refund.state = RefundState::processing;
  refund.created_at_ms = now_ms;
  refund.updated_at_ms = now_ms;
  refund.sent_at_ms = now_ms;
  refund.due_at_ms = now_ms + query_delay_ms(MethodType::barcode, 0, 0);
  return refund;
}

std::optional<std::string_view> refund_refused(const Payment& payment, const RefundGate& gate,
                                               const RefundRequested& intent) noexcept {
  const bool allowed = payment.state == PaymentState::succeeded && payment.merchant_id == intent.merchant_id &&
                       payment.currency == intent.currency &&
                       intent.accepted_at_ms - payment.created_at_ms <= limits::refund_age_ms_max &&
                       gate.refunds < limits::refunds_per_payment_max;
  if (allowed) return std::nullopt;
  return not_refundable;
}

bool is_stale(const RefundRequested& intent, std::int64_t append_ms, std::int64_t now_ms) noexcept {
  return now_ms - append_ms > limits::stale_after_ms || append_ms - intent.accepted_at_ms > limits::stale_after_ms;
}

Refund refund_from(const RefundRequested& intent, std::int32_t attempt, std::int32_t partition, std::int64_t log_offset,
                   std::int64_t now_ms) {
  Refund refund;
  refund.refund_id = intent.refund_id;
  refund.payment_id = intent.payment_id;
  refund.attempt = attempt;
  refund.origin = RefundOrigin::merchant;
  refund.partition = partition;
  refund.merchant_id = intent.merchant_id;
  refund.merchant_order_id = intent.merchant_order_id;
  refund.merchant_refund_id = intent.merchant_refund_id;
  refund.reason = intent.reason;
  refund.amount = intent.amount;
  refund.currency = intent.currency;
  refund.created_at_ms = intent.accepted_at_ms;
  refund.updated_at_ms = now_ms;
  refund.log_offset = log_offset;
  refund.in_gate = false;
  return refund;
}

RefundStep let_in(Refund& refund, RefundGate& gate, bool stale, std::int64_t now_ms) noexcept {
  gate.refunding += refund.amount;
  gate.refunds += refund.origin == RefundOrigin::merchant ? 1 : 0;
  refund.in_gate = true;
  refund.due_at_ms = now_ms;
  if (stale) return RefundStep::query;
  refund.state = RefundState::processing;
  refund.sent_at_ms = now_ms;
  refund.due_at_ms += query_delay_ms(MethodType::barcode, 0, 0);
  return RefundStep::send;
}

RefundStep ask_first(Refund& refund, std::int64_t now_ms) noexcept {
  refund.due_at_ms = now_ms;
  return RefundStep::query;
}

RefundChange apply_outside(const Refund& refund, const RefundAnswer& answer, RefundGate& gate, std::int64_t now_ms,
                           std::int64_t late_arrival_ms, double random) {
  if (refund.has_ended()) return {refund, RefundStep::none, false};
  if (answer.verdict == RefundVerdict::unheard) {
    RefundChange refused{refund, RefundStep::none, true};
    refused.next.state = RefundState::failed;
    refused.next.code = refund_exceeds;
    refused.next.due_at_ms = 0;
    refused.next.updated_at_ms = now_ms;
    return refused;
  }
  const bool money = answer.verdict == RefundVerdict::succeeded || answer.verdict == RefundVerdict::pending;
  const bool heard = money || answer.verdict == RefundVerdict::failed;
  if (!heard) return apply_refund(refund, answer, now_ms, late_arrival_ms, random);
  if (money && refund.amount > gate.left()) {
    RefundAnswer later = answer;
    later.verdict = RefundVerdict::dropped;
    return apply_refund(refund, later, now_ms, late_arrival_ms, random);
  }
  Refund inside = refund;
  let_in(inside, gate, true, now_ms);
  return apply_refund(inside, answer, now_ms, late_arrival_ms, random);
}

Payment with_ended_refund(Payment payment, const Refund& refund, std::int64_t now_ms) {
  const bool level = payment.told_sequence == payment.sequence;
  payment.sequence += 1;
  if (level) payment.told_sequence = payment.sequence;
  payment.updated_at_ms = now_ms;
  if (refund.state == RefundState::succeeded) payment.refunded_amount += refund.amount;
  return payment;
}

RefundChange apply_refund(const Refund& refund, const RefundAnswer& answer, std::int64_t now_ms,
                          std::int64_t late_arrival_ms, double random) {
  RefundChange change{refund, RefundStep::none, false};
  if (refund.has_ended()) return change;
  Refund& next = change.next;
  change.changed = true;
  next.updated_at_ms = now_ms;
  const auto ask_later = [&] {
    next.due_at_ms = now_ms + query_delay_ms(MethodType::barcode, next.queries, random);
    next.queries += 1;
  };
  switch (answer.verdict) {
    case RefundVerdict::succeeded:
      next.state = RefundState::succeeded;
      next.channel_reference = answer.channel_reference;
      next.due_at_ms = 0;
      return change;
    case RefundVerdict::failed:
      next.state = RefundState::failed;
      next.code = answer.code;
      next.due_at_ms = 0;
      return change;
    case RefundVerdict::pending:
      next.state = RefundState::processing;  // an answer: no longer unknown
      ask_later();
      return change;
    case RefundVerdict::unanswered:
    case RefundVerdict::mismatched:
      next.state = RefundState::unknown;
      ask_later();
      return change;
    case RefundVerdict::unheard:
      if (now_ms < refund.sent_at_ms + late_arrival_ms) {
        ask_later();
        return change;
      }
      next.sent_at_ms = now_ms;
      ask_later();
      change.step = RefundStep::send;
      return change;
    case RefundVerdict::dropped:
      ask_later();
      return change;
  }
  std::abort();
}

RefundGate pass(RefundGate gate, const Refund& refund, RefundState from) noexcept {
  if (from == refund.state || !refund.in_gate || !refund.has_ended()) return gate;
  gate.refunding -= refund.amount;
  if (refund.state == RefundState::succeeded) gate.refunded += refund.amount;
  return gate;
}

std::string channel_refund_id(const Refund& refund) {
  return refund.origin == RefundOrigin::automatic ? automatic_refund_request_id(refund.payment_id, refund.attempt)
                                                  : refund.refund_id.text();
}

}  // namespace acq
