// The bank's book: references into the maps stay valid because unordered_map never moves its elements.
#include "loadtest/channel_sim/channel_book.hpp"

#include <functional>

namespace acq::channel_sim {
namespace {

enum class Fate : std::uint8_t {
  success,
  insufficient_funds,
  expired_code,
  payer_waits,
  lost_answer,
  late,
  slow_answer
};

Fate fate_of(std::int64_t amount) {
  switch (amount % 100) {
    case 51:
      return Fate::insufficient_funds;
    case 52:
      return Fate::expired_code;
    case 53:
      return Fate::payer_waits;
    case 54:
      return Fate::lost_answer;
    case 55:
      return Fate::late;
    case 56:
      return Fate::slow_answer;
    default:
      return Fate::success;
  }
}

}  // namespace

Reply ChannelBook::charge(const codec::ChargeRequest& request, std::int64_t now_ms) {
  settle_due(now_ms);
  const std::size_t code_hash = std::hash<std::string>{}(request.code);
  if (const auto known = requests_.find(request.request_id); known != requests_.end()) {
    Record& record = known->second;
    ++record.order->totals.requests;
    ++totals_.requests;
    const bool same = *record.merchant_id == request.merchant_id && record.order->number == request.merchant_order_id &&
                      record.amount == request.amount && record.currency == request.currency &&
                      record.qr == (request.method == "qr") && record.code_hash == code_hash;
    if (!same) return {ReplyKind::fields_differ, {}, 0};
    return execute(known->first, record, true, now_ms);
  }
  if (requests_.size() >= options_.requests_max) return {ReplyKind::full, {}, 0};

  Order& order = orders_[request.merchant_order_id];
  if (order.number.empty()) order.number = request.merchant_order_id;
  ++order.totals.requests;
  ++totals_.requests;
  const auto [entry, inserted] = requests_.try_emplace(
      request.request_id, Record{&*merchants_.insert(request.merchant_id).first, &order, code_hash, request.amount,
                                 now_ms, next_reference_++, request.currency, request.method == "qr", Status::unheard});
  return execute(entry->first, entry->second, false, now_ms);
}

Reply ChannelBook::execute(std::string_view request_id, Record& record, bool repeated, std::int64_t now_ms) {
  const Fate fate = fate_of(record.amount);
  if (record.status == Status::unheard) {
    switch (fate) {
      case Fate::insufficient_funds:
      case Fate::expired_code:
        record.status = Status::declined;
        break;
      case Fate::payer_waits:
        record.status = Status::awaiting_payer;
        payers_.emplace_back(now_ms + options_.payer_delay_ms, &record);
        break;
      case Fate::late:
        if (!repeated || now_ms - record.first_seen_ms < options_.late_arrival_ms) {
          return {ReplyKind::timed_out, {}, 0};
        }
        take_money(record);
        break;
      case Fate::success:
      case Fate::lost_answer:
      case Fate::slow_answer:
        take_money(record);
        break;
    }
  }
  // Only the first answer is lost or slow; a repeat reads what is stored.
  if (fate == Fate::lost_answer && !repeated) return {ReplyKind::timed_out, {}, 0};
  const std::int64_t delay_ms = fate == Fate::slow_answer && !repeated ? options_.slow_answer_ms : 0;
  return {ReplyKind::answer, answer_of(request_id, record), delay_ms};
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
  return {ReplyKind::answer, answer_of(known->first, known->second), 0};
}

Totals ChannelBook::order_totals(std::string_view merchant_order_id, std::int64_t now_ms) {
  settle_due(now_ms);
  const auto order = orders_.find(std::string(merchant_order_id));
  return order == orders_.end() ? Totals{} : order->second.totals;
}

Totals ChannelBook::totals(std::int64_t now_ms) {
  settle_due(now_ms);
  return totals_;
}

void ChannelBook::reset() {
  payers_.clear();
  requests_.clear();
  orders_.clear();
  merchants_.clear();
  totals_ = {};
  // References go on counting: a bank does not name two charges alike.
}

void ChannelBook::settle_due(std::int64_t now_ms) {
  while (!payers_.empty() && payers_.front().first <= now_ms) {
    take_money(*payers_.front().second);
    payers_.pop_front();
  }
}

void ChannelBook::take_money(Record& record) {
  record.status = Status::succeeded;
  for (Totals* sum : {&record.order->totals, &totals_}) {
    ++sum->charges;
    sum->charged_amount += record.amount;
  }
}

codec::ChargeAnswer ChannelBook::answer_of(std::string_view request_id, const Record& record) const {
  codec::ChargeAnswer answer;
  answer.request_id = request_id;
  answer.merchant_id = *record.merchant_id;
  answer.merchant_order_id = record.order->number;
  answer.amount = record.amount;
  answer.currency = record.currency;
  answer.channel_reference = "sim-" + std::to_string(record.reference);
  switch (record.status) {
    case Status::unheard:
      answer.status = "unheard";
      break;
    case Status::awaiting_payer:
      answer.status = "awaiting_payer";
      answer.code_url = "https://pay.example/q/" + std::string(request_id);
      break;
    case Status::succeeded:
      answer.status = "succeeded";
      break;
    case Status::declined:
      answer.status = "declined";
      answer.decline_code = fate_of(record.amount) == Fate::expired_code ? "expired_code" : "insufficient_funds";
      break;
  }
  return answer;
}

}  // namespace acq::channel_sim
