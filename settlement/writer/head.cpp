#include "settlement/writer/head.hpp"

#include <algorithm>

namespace acq::settlement {

void Watermark::open(std::int64_t offset) {
  if (offset < base_) return;
  const auto index = static_cast<std::size_t>(offset - base_);
  if (index >= open_.size()) open_.resize(index + 1, false);
  open_[index] = true;
}

void Watermark::settle(std::int64_t offset) {
  if (offset < base_ || static_cast<std::size_t>(offset - base_) >= open_.size()) return;
  open_[static_cast<std::size_t>(offset - base_)] = false;
  advance();
}

void Watermark::applied(std::int64_t next_offset) {
  if (next_offset > base_ + static_cast<std::int64_t>(open_.size())) {
    open_.resize(static_cast<std::size_t>(next_offset - base_), false);
  }
  advance();
}

void Watermark::advance() {
  while (!open_.empty() && !open_.front()) {
    open_.pop_front();
    ++base_;
  }
}

Item* Head::find(const PaymentId& id) {
  const auto found = items_.find(id);
  return found == items_.end() ? nullptr : &found->second;
}

void Head::put(const Payment& payment, bool has_row, std::int64_t now_ms, bool keep) {
  auto found = items_.find(payment.payment_id);
  if (!payment.is_open() || !keep) {
    watermark_.settle(payment.log_offset);
    if (found == items_.end()) return;
    if (found->second.has_row) --rows_;
    items_.erase(found);
    return;
  }
  if (found == items_.end()) {
    found = items_.emplace(payment.payment_id, Item{}).first;
    found->second.since_ms = now_ms;
    found->second.has_row = has_row;
    if (has_row) {
      ++rows_;
    } else {
      watermark_.open(payment.log_offset);
      by_age_.push_back(payment.payment_id);
    }
  }
  found->second.payment = payment;
  schedule(found->second);
}

void Head::schedule(const Item& item) {
  const auto& payment = item.payment;
  if (!is_final(payment.state) && payment.next_query_at_ms != 0)
    due_.push({payment.next_query_at_ms, payment.payment_id});
  if (payment.told_sequence < payment.sequence) due_.push({payment.next_tell_at_ms, payment.payment_id});
}

void Head::ask_at(Item& item, std::int64_t at_ms) {
  item.payment.next_query_at_ms = at_ms;
  due_.push({at_ms, item.payment.payment_id});
}

std::vector<Item*> Head::take_due(std::int64_t now_ms, std::size_t count) {
  std::vector<Item*> taken;
  std::vector<Due> again;
  while (!due_.empty() && due_.top().at_ms <= now_ms && taken.size() < count) {
    Item* const item = find(due_.top().payment_id);
    due_.pop();
    if (item == nullptr) continue;
    const auto& payment = item->payment;
    // Due while a call about it is under way: looked at again, never forgotten.
    if (item->asking && !is_final(payment.state) && payment.next_query_at_ms != 0 && payment.next_query_at_ms <= now_ms)
      again.push_back({now_ms + limits::channel_timeout_ms, payment.payment_id});
    const bool ask = !item->asking && !is_final(payment.state) && payment.next_query_at_ms != 0 &&
                     payment.next_query_at_ms <= now_ms;
    const bool tell = !item->telling && payment.told_sequence < payment.sequence && payment.next_tell_at_ms <= now_ms;
    if ((ask || tell) && (taken.empty() || taken.back() != item)) taken.push_back(item);
  }
  for (const auto& due : again) due_.push(due);
  return taken;
}

std::vector<const Payment*> Head::overdue_for_row(std::int64_t now_ms, std::size_t count) {
  std::vector<const Payment*> overdue;
  // Entries whose item has left, or has its row by now, are dropped as they come to the front.
  while (!by_age_.empty()) {
    const Item* const item = find(by_age_.front());
    if (item != nullptr && !item->has_row) break;
    by_age_.pop_front();
  }
  for (const auto& id : by_age_) {
    if (overdue.size() >= count) break;
    const Item* const item = find(id);
    if (item == nullptr || item->has_row) continue;
    if (item->since_ms + limits::open_item_after_ms > now_ms) break;
    overdue.push_back(&item->payment);
  }
  return overdue;
}

void Head::row_written(const PaymentId& id) {
  Item* const item = find(id);
  if (item == nullptr || item->has_row) return;
  item->has_row = true;
  ++rows_;
  watermark_.settle(item->payment.log_offset);
}

}  // namespace acq::settlement
