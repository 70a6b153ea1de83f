// The bank's book, charges: pointers into the maps stay valid because unordered_map never moves its elements. How a
// charge ends by a request is in channel_ends.cpp, refunds are in channel_refunds.cpp.
#include "loadtest/channel_sim/channel_book.hpp"

#include <functional>

#include "loadtest/channel_sim/fates.hpp"
#include "loadtest/channel_sim/identity.hpp"

namespace acq::channel_sim {

void ChannelBook::count_request(Record& record) {
  ++record.order->second.requests;
  ++totals_.requests;
}

Reply ChannelBook::charge(const codec::ChargeRequest& request, std::int64_t now_ms, Chance chance) {
  settle_due(now_ms);
  const auto [position, fresh] = requests_.try_emplace(request.request_id);
  if (fresh && is_full()) {
    requests_.erase(position);
    return {ReplyKind::full, {}, 0};
  }
  Entry& entry = *position;
  Record& record = entry.second;
  const std::size_t code_hash = std::hash<std::string>{}(request.code);
  const bool qr = request.method == "qr";
  if (fresh) {
    keep_identity(request, record);
  } else if (!same_identity(request, record) || (record.called && (record.qr != qr || record.code_hash != code_hash))) {
    count_request(record);
    return {ReplyKind::fields_differ, {}, 0};
  }
  const bool first_call = !record.called;
  record.called = true;
  record.qr = qr;
  record.code_hash = code_hash;
  record.twice = record.twice || chance.twice;
  record.flips = record.flips || chance.flips;

  const bool on_its_way =
      first_call && record.status == Status::unheard && fate_of_charge(record.amount) == Fate::arrives_late;
  if (chance.late || on_its_way) {
    const std::int64_t at_ms = now_ms + (chance.late ? options_.held_back_ms : options_.on_its_way_ms);
    for (int copies = chance.twice ? 2 : 1; copies > 0; --copies) schedule(at_ms, Act::request_arrives, &entry);
    return {ReplyKind::timed_out, {}, 0};
  }
  Reply reply = arrive(entry, now_ms, true);
  if (chance.twice) arrive(entry, now_ms, false);
  return reply;
}

Reply ChannelBook::arrive(Entry& entry, std::int64_t now_ms, bool attended) {
  Record& record = entry.second;
  count_request(record);
  const bool first = !record.arrived;
  if (first) record.first_arrival_ms = now_ms;
  record.arrived = true;
  if (record.status == Status::unheard) execute(entry, first, now_ms, attended);

  // Only the first answer is lost or slow; a repeat reads what is stored.
  const Fate fate = fate_of_charge(record.amount);
  const std::int64_t age_ms = now_ms - record.first_arrival_ms;
  if (record.status == Status::unheard) {
    return {fate == Fate::error_first ? ReplyKind::failed : ReplyKind::timed_out, {}, 0};
  }
  if (record.status == Status::succeeded) {
    if (fate == Fate::lost_answer && first) return {ReplyKind::timed_out, {}, 0};
    if (fate == Fate::silence && age_ms < options_.silence_ms) return {ReplyKind::silent, {}, 0};
  }
  const std::int64_t delay_ms = fate == Fate::slow_answer && first ? options_.slow_answer_ms : 0;
  return {ReplyKind::answer, answer_of(entry), delay_ms};
}

void ChannelBook::execute(Entry& entry, bool first, std::int64_t now_ms, bool attended) {
  Record& record = entry.second;
  switch (fate_of_charge(record.amount)) {
    case Fate::insufficient_funds:
    case Fate::expired_code:
      record.status = Status::declined;
      if (record.flips) schedule(now_ms + options_.flip_ms, Act::decline_flips, &entry);
      return;
    case Fate::payer_waits:
      record.status = Status::awaiting_payer;
      schedule(now_ms + options_.payer_delay_ms, Act::payer_pays, &entry);
      return;
    case Fate::payer_never:
      record.status = Status::awaiting_payer;
      return;
    case Fate::told_at_the_end:
      take_money(record);
      record.status = Status::paid_untold;
      return;
    case Fate::late:
      if (first || now_ms - record.first_arrival_ms < options_.late_arrival_ms) return;
      break;
    case Fate::error_first:
      if (first) return;
      break;
    case Fate::told_thrice:
      take_money(record);
      notify_thrice(entry, now_ms);
      return;
    case Fate::success:
    case Fate::lost_answer:
    case Fate::slow_answer:
    case Fate::silence:
    case Fate::wrong_amount:
    case Fate::arrives_late:
      break;
  }
  take_money(record);
  if (!attended || record.twice) notify(entry, now_ms);
}

Reply ChannelBook::query(std::string_view request_id, std::int64_t now_ms) {
  settle_due(now_ms);
  const auto known = requests_.find(std::string(request_id));
  if (known == requests_.end() || known->second.status == Status::unheard) {
    codec::ChargeAnswer unheard;
    unheard.request_id = request_id;
    unheard.status = "unheard";
    return {ReplyKind::unheard, std::move(unheard), 0};
  }
  const Record& record = known->second;
  if (record.status == Status::succeeded && fate_of_charge(record.amount) == Fate::silence &&
      now_ms - record.first_arrival_ms < options_.silence_ms) {
    return {ReplyKind::timed_out, {}, 0};
  }
  return reply_of(*known);
}

Totals ChannelBook::order_totals(std::string_view merchant_order_id, std::int64_t now_ms) {
  settle_due(now_ms);
  const auto order = orders_.find(std::string(merchant_order_id));
  return order == orders_.end() ? Totals{} : order->second;
}

Totals ChannelBook::totals(std::int64_t now_ms) {
  settle_due(now_ms);
  return totals_;
}

void ChannelBook::reset() {
  due_ = {};
  outbox_.clear();
  refunds_.clear();
  requests_.clear();
  orders_.clear();
  merchants_.clear();
  totals_ = {};
  // References go on counting: a bank does not name two charges alike.
}

void ChannelBook::schedule(std::int64_t at_ms, Act act, Entry* charge, RefundRecord* refund) {
  due_.push({at_ms, next_due_++, act, charge, refund});
}

void ChannelBook::settle_due(std::int64_t now_ms) {
  while (!due_.empty() && due_.top().at_ms <= now_ms) {
    const Due due = due_.top();
    due_.pop();
    switch (due.act) {
      case Act::payer_pays:
        if (due.charge->second.status != Status::awaiting_payer) break;  // closed before
        take_money(due.charge->second);
        notify(*due.charge, due.at_ms);
        break;
      case Act::request_arrives:
        arrive(*due.charge, due.at_ms, false);
        break;
      case Act::decline_flips:
        if (due.charge->second.status != Status::declined) break;
        take_money(due.charge->second);
        notify(*due.charge, due.at_ms);
        break;
      case Act::refund_ends:
        due.charge->second.promised_back -= due.refund->amount;
        due.refund->status = RefundStatus::succeeded;
        give_back(due.charge->second, due.refund->amount);
        ++due.refund->order->second.refunds;
        ++totals_.refunds;
        break;
    }
  }
}

void ChannelBook::take_money(Record& record) {
  record.status = Status::succeeded;
  for (Totals* sum : {&record.order->second, &totals_}) {
    ++sum->charges;
    sum->charged_amount += record.amount;
  }
}

void ChannelBook::give_back(Record& record, std::int64_t amount) {
  record.given_back += amount;
  for (Totals* sum : {&record.order->second, &totals_}) {
    sum->refunded_amount += amount;
    if (record.given_back == record.amount) ++sum->returned;
  }
}

void ChannelBook::notify(const Entry& entry, std::int64_t now_ms, bool other_order) {
  if (!options_.notifies) return;
  Notification notification{"ntf_" + entry.first + "_" + std::to_string(next_notification_++), entry.first, other_order,
                            0};
  if (entry.second.twice) outbox_.push(notification, now_ms);
  outbox_.push(std::move(notification), now_ms);
}

void ChannelBook::notify_thrice(const Entry& entry, std::int64_t now_ms) {
  for (const bool other_order : {false, true, false}) notify(entry, now_ms, other_order);
}

std::optional<codec::ChargeAnswer> ChannelBook::told_by(const Notification& notification) const {
  const auto known = requests_.find(notification.request_id);
  if (known == requests_.end()) return std::nullopt;
  codec::ChargeAnswer told = answer_of(*known);
  if (notification.other_order) told.merchant_order_id.back() = told.merchant_order_id.back() == 'x' ? 'y' : 'x';
  return told;
}

codec::ChargeAnswer ChannelBook::answer_of(const Entry& entry) const {
  const Record& record = entry.second;
  codec::ChargeAnswer answer;
  answer.request_id = entry.first;
  answer.merchant_id = *record.merchant_id;
  answer.merchant_order_id = record.order->first;
  answer.amount = record.amount;
  answer.currency = record.currency.code();
  answer.channel_reference = "sim-" + std::to_string(record.reference);
  const Fate fate = fate_of_charge(record.amount);
  if (fate == Fate::wrong_amount && (record.status == Status::succeeded || record.status == Status::reversed)) {
    answer.amount += 1;
  }
  switch (record.status) {
    case Status::unheard:
      answer.status = "unheard";
      break;
    case Status::awaiting_payer:
    case Status::paid_untold:
      answer.status = "awaiting_payer";
      answer.code_url = "https://pay.example/q/" + entry.first;
      break;
    case Status::succeeded:
      answer.status = "succeeded";
      break;
    case Status::declined:
      answer.status = "declined";
      answer.decline_code = fate == Fate::expired_code ? "expired_code" : "insufficient_funds";
      break;
    case Status::closed:
      answer.status = "closed";
      break;
    case Status::reversed:
      answer.status = "reversed";
      break;
  }
  return answer;
}

}  // namespace acq::channel_sim
