// Holds messages of one partition back while librdkafka would not send them. An idempotent producer of version 2.0.2
// sends nothing more while five messages (messages, not requests) of a partition await their report; what is queued
// then makes its thread poll without a timeout, a whole core, until the report comes. So they wait here, and go on
// together with the report. Not for ever: a log that does not answer is librdkafka's matter. No lock, no clock, no I/O.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace acq::kafka {

template <class Message>
class PartitionGate {
 public:
  /// RD_KAFKA_IDEMP_MAX_INFLIGHT.
  static constexpr std::size_t window = 5;

  enum class Entry : std::uint8_t { pass, held, full };

  /// `pass`: hand it over now, it counts as in flight. `held`: taken out of `message`. `full`: neither.
  Entry enter(Message& message, std::int64_t now_ms, std::size_t held_max) {
    if (held_.empty() && in_flight_ < window) {
      ++in_flight_;
      return Entry::pass;
    }
    if (held_.size() >= held_max) return Entry::full;
    if (held_.empty()) held_since_ms_ = now_ms;
    held_.push_back(std::move(message));
    return Entry::held;
  }

  /// Reported, or not taken by librdkafka.
  void leave(std::size_t count) noexcept { in_flight_ -= count < in_flight_ ? count : in_flight_; }
  /// Whatever was in flight is reported to nobody any more.
  void forget() noexcept { in_flight_ = 0; }

  bool may_release(std::int64_t now_ms, std::int64_t hold_ms_max) const noexcept {
    return !held_.empty() && (in_flight_ < window || now_ms - held_since_ms_ >= hold_ms_max);
  }
  /// All that is held, in order; it counts as in flight.
  std::vector<Message> release() noexcept {
    in_flight_ += held_.size();
    return std::exchange(held_, {});
  }

 private:
  std::size_t in_flight_ = 0;
  std::int64_t held_since_ms_ = 0;
  std::vector<Message> held_;
};

}  // namespace acq::kafka
