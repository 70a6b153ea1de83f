#include "common/journal/balance.hpp"

namespace acq::journal {
namespace {

constexpr std::size_t asked_max = 128;  // two hours of minutes

}  // namespace

void LogProgress::note_end(std::int64_t asked_at_ms, std::int64_t end) {
  if (asked_.size() == asked_max) asked_.pop_back();  // the oldest are the next to be reached
  asked_.push_back({asked_at_ms, end});
}

void LogProgress::note_cursor(std::int64_t next_offset) {
  while (!asked_.empty() && asked_.front().end <= next_offset) {
    applied_ms_ = asked_.front().at_ms;
    asked_.pop_front();
  }
}

void LogProgress::forget() {
  asked_.clear();
  applied_ms_ = 0;
}

Standing standing_of(const Offer& offer, const Evidence& evidence, std::int64_t now_ms) {
  if (evidence.stored) return Standing::stored;
  if (!offer.window_over(now_ms)) return Standing::waiting;
  if (offer.fate() == OfferFate::refused) return Standing::refused;
  if (evidence.on_log) return *evidence.on_log ? Standing::waiting : Standing::missing;
  return offer.window_over(evidence.applied_ms) ? Standing::missing : Standing::waiting;
}

}  // namespace acq::journal
