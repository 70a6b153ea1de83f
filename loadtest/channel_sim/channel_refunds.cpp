// The bank's book, refunds: at most what a charge took is given back, each request id once.
#include "loadtest/channel_sim/fates.hpp"
#include "loadtest/channel_sim/identity.hpp"

namespace acq::channel_sim {

RefundResult ChannelBook::refund(const codec::RefundRequest& request, std::int64_t now_ms) {
  settle_due(now_ms);
  const auto [position, fresh] = refunds_.try_emplace(request.refund_request_id);
  if (fresh && is_full()) {
    refunds_.erase(position);
    return {ReplyKind::full, {}};
  }
  RefundRecord& record = position->second;
  if (fresh) {
    keep_identity(request, record);
    record.charge_request_id = request.charge_request_id;
  } else if (!same_identity(request, record) || record.charge_request_id != request.charge_request_id) {
    return {ReplyKind::fields_differ, {}};
  }
  const RefundFate fate = fate_of_refund(record.amount);
  if (fresh && fate == RefundFate::error_first) return {ReplyKind::failed, {}};
  if (record.status == RefundStatus::unheard) execute_refund(record, now_ms);
  if (fresh && fate == RefundFate::lost_answer && record.status == RefundStatus::succeeded) {
    return {ReplyKind::timed_out, {}};
  }
  return {ReplyKind::answer, reply_about(*position)};
}

void ChannelBook::execute_refund(RefundRecord& record, std::int64_t now_ms) {
  const auto charge = requests_.find(record.charge_request_id);
  if (charge != requests_.end()) record.charge = &*charge;
  record.code = why_not(record);
  if (!record.code.empty()) {
    record.status = RefundStatus::failed;
    return;
  }
  if (fate_of_refund(record.amount) == RefundFate::pending) {
    record.status = RefundStatus::pending;
    record.charge->second.promised_back += record.amount;
    schedule(now_ms + options_.refund_ms, Act::refund_ends, record.charge, &record);
    return;
  }
  record.status = RefundStatus::succeeded;
  give_back(record.charge->second, record.amount);
  ++record.order->second.refunds;
  ++totals_.refunds;
}

std::string_view ChannelBook::why_not(const RefundRecord& record) const {
  if (record.charge == nullptr || record.charge->second.status == Status::unheard) return "charge_unknown";
  const Record& charge = record.charge->second;
  if (record.merchant_id != charge.merchant_id || record.order != charge.order || record.currency != charge.currency) {
    return "charge_differs";
  }
  if (charge.status == Status::reversed) return "already_reversed";
  if (charge.status != Status::succeeded) return "not_charged";
  if (record.amount > charge.amount - charge.given_back - charge.promised_back) return "exceeds_charge";
  if (fate_of_refund(record.amount) == RefundFate::declined) return "refund_declined";
  return {};
}

RefundResult ChannelBook::query_refund(std::string_view refund_request_id, std::int64_t now_ms) {
  settle_due(now_ms);
  const auto known = refunds_.find(std::string(refund_request_id));
  if (known == refunds_.end() || known->second.status == RefundStatus::unheard) {
    codec::RefundReply unheard;
    unheard.refund_request_id = refund_request_id;
    unheard.status = "unheard";
    return {ReplyKind::unheard, std::move(unheard)};
  }
  return {ReplyKind::answer, reply_about(*known)};
}

codec::RefundReply ChannelBook::reply_about(const RefundEntry& entry) const {
  const RefundRecord& record = entry.second;
  codec::RefundReply reply;
  reply.refund_request_id = entry.first;
  reply.charge_request_id = record.charge_request_id;
  reply.merchant_id = *record.merchant_id;
  reply.merchant_order_id = record.order->first;
  reply.amount = record.amount;
  reply.currency = record.currency.code();
  reply.code = record.code;
  reply.channel_reference = "sim-" + std::to_string(record.reference);
  switch (record.status) {
    case RefundStatus::unheard:
      reply.status = "unheard";
      break;
    case RefundStatus::pending:
      reply.status = "pending";
      break;
    case RefundStatus::succeeded:
      reply.status = "succeeded";
      break;
    case RefundStatus::failed:
      reply.status = "failed";
      break;
  }
  return reply;
}

}  // namespace acq::channel_sim
