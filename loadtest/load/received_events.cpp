// The store and its JSON, side by side so that writer and reader change together.
#include "loadtest/load/received_events.hpp"

#include <algorithm>
#include <limits>

#include "common/codec/json_document.hpp"

namespace acq::load {
namespace {

/// What must not change under one event id. The body's bytes may: a stamp is no content.
bool same_content(const codec::CallbackView& a, const codec::CallbackView& b) {
  return a.type == b.type && a.payment.payment_id == b.payment.payment_id && a.payment.state == b.payment.state &&
         a.payment.sequence == b.payment.sequence && a.payment.amount == b.payment.amount &&
         a.payment.currency == b.payment.currency && a.payment.merchant_order_id == b.payment.merchant_order_id &&
         a.payment.decline_code == b.payment.decline_code;
}

}  // namespace

void ReceivedEvents::add(std::string_view id, codec::CallbackView content, std::int64_t now_ms, std::int64_t now_us) {
  const auto [known, fresh] = numbers_.try_emplace(std::string(id), received_ + 1);
  if (!fresh) {
    ++duplicates_;
    ReceivedEvent& event = events_[static_cast<std::size_t>(known->second - events_.front().number)];
    ++event.times;
    if (!same_content(event.content, content)) event.content_changed = true;
    return;
  }
  ++received_;
  ReceivedEvent event;
  event.number = received_;
  event.id = id;
  event.content = std::move(content);
  event.received_at_ms = now_ms;
  event.received_us = now_us;
  events_.push_back(std::move(event));
  if (events_.size() > kept_max_) {
    numbers_.erase(events_.front().id);
    events_.pop_front();
  }
}

std::vector<ReceivedEvent> ReceivedEvents::page(std::int64_t after, std::size_t count,
                                                const std::optional<PaymentId>& payment) const {
  std::vector<ReceivedEvent> found;
  const auto first = std::upper_bound(events_.begin(), events_.end(), after,
                                      [](std::int64_t number, const ReceivedEvent& e) { return number < e.number; });
  for (auto it = first; it != events_.end() && found.size() < count; ++it) {
    if (!payment || it->content.payment.payment_id == *payment) found.push_back(*it);
  }
  return found;
}

std::string write_received(const ReceivedEvents& all, const std::vector<ReceivedEvent>& events) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object();
  json.member("received", all.received()).member("duplicates", all.duplicates()).member("rejected", all.rejected());
  json.key("events").begin_array();
  for (const ReceivedEvent& event : events) {
    const codec::PaymentView& payment = event.content.payment;
    json.begin_object();
    json.member("number", event.number).member("id", event.id).member("type", event.content.type);
    json.member("payment_id", payment.payment_id.text()).member("merchant_order_id", payment.merchant_order_id);
    json.member("state", name_of(payment.state)).member("sequence", payment.sequence);
    json.member("amount", payment.amount).member("currency", payment.currency);
    if (!payment.decline_code.empty()) json.member("decline_code", payment.decline_code);
    json.member("verified", true).member("times", event.times).member("content_changed", event.content_changed);
    json.member("received_at_ms", event.received_at_ms);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out;
}

Result<ReceivedPage> read_received(std::string_view body) {
  codec::JsonLimits generous;
  generous.elements_max = 10'000'000;
  generous.bytes_max = std::numeric_limits<std::size_t>::max();
  const auto document = codec::parse_json(body, generous);
  if (!document) return document.error();
  const codec::JsonValue* list = document->find("events");
  if (list == nullptr || list->array() == nullptr) return Failure(Errc::undecodable, "no list of events");
  ReceivedPage page;
  page.received = document->integer_or("received", 0);
  for (const codec::JsonValue& item : *list->array()) {
    ReceivedEvent event;
    codec::PaymentView& payment = event.content.payment;
    const auto id = PaymentId::parse(item.string_or("payment_id"));
    const auto state = payment_state_from_name(item.string_or("state"));
    if (!id || !state) return Failure(Errc::undecodable, "an event without a payment or a state");
    const codec::JsonValue* changed = item.find("content_changed");
    event.number = item.integer_or("number", 0);
    event.id = item.string_or("id");
    event.content.type = item.string_or("type");
    event.content_changed = changed != nullptr && changed->boolean() != nullptr && *changed->boolean();
    event.times = static_cast<std::int32_t>(item.integer_or("times", 1));
    event.received_at_ms = item.integer_or("received_at_ms", 0);
    payment.payment_id = *id;
    payment.state = *state;
    payment.merchant_order_id = item.string_or("merchant_order_id");
    payment.sequence = static_cast<std::int32_t>(item.integer_or("sequence", 0));
    payment.amount = item.integer_or("amount", 0);
    payment.currency = item.string_or("currency");
    payment.decline_code = item.string_or("decline_code");
    page.events.push_back(std::move(event));
  }
  return page;
}

}  // namespace acq::load
