// The bank's book, ends: close and reverse, which may come before their charge and then stand against it for ever, and
// the late success that a test asks for.
#include "loadtest/channel_sim/identity.hpp"

namespace acq::channel_sim {

ChannelBook::Entry* ChannelBook::entry_to_end(const codec::EndRequest& request, std::int64_t now_ms,
                                              ReplyKind& refusal) {
  settle_due(now_ms);
  const auto [position, fresh] = requests_.try_emplace(request.request_id);
  if (fresh && is_full()) {
    requests_.erase(position);
    refusal = ReplyKind::full;
    return nullptr;
  }
  if (fresh) {
    keep_identity(request, position->second);
  } else if (!same_identity(request, position->second)) {
    refusal = ReplyKind::fields_differ;
    return nullptr;
  }
  return &*position;
}

Reply ChannelBook::close(const codec::EndRequest& request, std::int64_t now_ms) {
  ReplyKind refusal{};
  Entry* entry = entry_to_end(request, now_ms, refusal);
  if (entry == nullptr) return {refusal, {}, 0};
  Record& record = entry->second;
  switch (record.status) {
    case Status::unheard:
    case Status::awaiting_payer:
    case Status::declined:
      record.status = Status::closed;
      break;
    case Status::paid_untold:
      record.status = Status::succeeded;
      notify(*entry, now_ms);
      break;
    case Status::succeeded:
    case Status::closed:
    case Status::reversed:
      break;
  }
  return reply_of(*entry);
}

Reply ChannelBook::reverse(const codec::EndRequest& request, std::int64_t now_ms) {
  ReplyKind refusal{};
  Entry* entry = entry_to_end(request, now_ms, refusal);
  if (entry == nullptr) return {refusal, {}, 0};
  Record& record = entry->second;
  switch (record.status) {
    case Status::unheard:
    case Status::awaiting_payer:
    case Status::declined:
      record.status = Status::closed;
      break;
    case Status::paid_untold:
    case Status::succeeded: {
      record.status = Status::reversed;
      const std::int64_t left = record.amount - record.given_back - record.promised_back;
      if (left == 0) break;  // refunds were faster
      give_back(record, left);
      ++record.order->second.reversals;
      ++totals_.reversals;
      break;
    }
    case Status::closed:
    case Status::reversed:
      break;
  }
  return reply_of(*entry);
}

Reply ChannelBook::flip(std::string_view request_id, std::int64_t now_ms) {
  Reply stands = query(request_id, now_ms);
  if (stands.kind == ReplyKind::unheard) return stands;
  Entry& entry = *requests_.find(std::string(request_id));
  if (entry.second.status != Status::declined && entry.second.status != Status::closed) {
    return {ReplyKind::not_flippable, {}, 0};
  }
  take_money(entry.second);
  notify(entry, now_ms);
  return reply_of(entry);
}

}  // namespace acq::channel_sim
