#include "common/journal/offers.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "common/limits.hpp"

namespace acq::journal {
namespace {

void count(std::uint16_t& counter) {
  if (counter < std::numeric_limits<std::uint16_t>::max()) ++counter;
}

/// False when the time is one that was seen before.
bool widen(std::int64_t& first, std::int64_t& last, std::int64_t at_ms) {
  if (first != 0 && (at_ms == first || at_ms == last)) return false;
  first = first == 0 ? at_ms : std::min(first, at_ms);
  last = std::max(last, at_ms);
  return true;
}

}  // namespace

std::size_t HashRawId::operator()(const RawId& id) const noexcept {
  std::uint64_t head;
  std::uint64_t tail;  // random, but for the route
  std::memcpy(&head, id.data(), sizeof head);
  std::memcpy(&tail, id.data() + sizeof head, sizeof tail);
  return static_cast<std::size_t>(tail ^ (head * 0x9E3779B97F4A7C15ULL));
}

OfferFate Offer::fate() const noexcept {
  if (persisted) return OfferFate::persisted;
  return refusals > 0 && refusals >= offers ? OfferFate::refused : OfferFate::unknown;
}

bool Offer::window_over(std::int64_t now_ms) const noexcept {
  return now_ms > last_offered_ms + limits::offer_window_ms;
}

void OfferLedger::add(const Record& record, std::uint32_t segment) {
  Offer& offer = offers_[record.intent_id];
  switch (record.type) {
    case RecordType::offered:
      if (offer.offers == 0) offer.segment = segment;
      offer.partition = record.partition;
      if (widen(offer.first_offered_ms, offer.last_offered_ms, record.unix_ms)) count(offer.offers);
      break;
    case RecordType::persisted:
      offer.persisted = true;
      break;
    case RecordType::refused:
      if (widen(offer.first_refused_ms, offer.last_refused_ms, record.unix_ms)) count(offer.refusals);
      break;
    case RecordType::unknown:
      break;  // what an offer without an end is anyway
  }
}

const Offer* OfferLedger::find(const RawId& id) const {
  const auto found = offers_.find(id);
  return found == offers_.end() ? nullptr : &found->second;
}

void OfferLedger::each(const std::function<void(const RawId&, const Offer&)>& visit) const {
  for (const auto& [id, offer] : offers_) visit(id, offer);
}

OfferTotals OfferLedger::totals(std::int64_t from_ms, std::int64_t to_ms) const {
  OfferTotals totals;
  for (const auto& [id, offer] : offers_) {
    if (offer.first_offered_ms < from_ms || offer.first_offered_ms >= to_ms) continue;
    ++totals.offered;
    switch (offer.fate()) {
      case OfferFate::persisted:
        ++totals.persisted;
        break;
      case OfferFate::refused:
        ++totals.refused;
        break;
      case OfferFate::unknown:
        ++totals.unknown;
        break;
    }
  }
  return totals;
}

}  // namespace acq::journal
