#include "common/domain/refund.hpp"

#include <cstdlib>

#include "common/domain/schedule.hpp"

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

RefundChange apply_refund(const Refund& refund, const RefundAnswer& answer, std::int64_t now_ms,
                          std::int64_t late_arrival_ms, double random) {
  RefundChange change{refund, RefundStep::none, false};
  if (refund.state == RefundState::succeeded || refund.state == RefundState::failed) return change;
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
  if (from == refund.state) return gate;
  if (refund.state != RefundState::succeeded && refund.state != RefundState::failed) return gate;
  gate.refunding -= refund.amount;
  if (refund.state == RefundState::succeeded) gate.refunded += refund.amount;
  return gate;
}

std::string channel_refund_id(const Refund& refund) {
  return refund.origin == RefundOrigin::automatic ? automatic_refund_request_id(refund.payment_id, refund.attempt)
                                                  : refund.refund_id.text();
}

}  // namespace acq
