// The callbacks that a merchant received: each event id once, the newest kept, repeats counted. Pure and
// single-threaded; verifying and HTTP are receiver.cpp's.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/codec/callback_json.hpp"

namespace acq::load {

struct ReceivedEvent {
  std::int64_t number = 0;  ///< 1, 2, 3 … in order of first arrival
  std::string id;           ///< webhook-id
  codec::CallbackView content;
  std::int64_t received_at_ms = 0;  ///< Unix time of the first arrival
  std::int64_t received_us = 0;     ///< the same on the monotonic clock of the receiving process
  std::int32_t times = 1;
  bool content_changed = false;  ///< the same id came with another type, payment, state, sequence, amount or number
};

class ReceivedEvents {
 public:
  explicit ReceivedEvents(std::size_t kept_max) : kept_max_(kept_max) {}

  void add(std::string_view id, codec::CallbackView content, std::int64_t now_ms, std::int64_t now_us);
  void count_rejected() { ++rejected_; }

  std::int64_t received() const noexcept { return received_; }      ///< distinct ids, forgotten ones too
  std::int64_t duplicates() const noexcept { return duplicates_; }  ///< arrivals of an id that was known
  std::int64_t rejected() const noexcept { return rejected_; }      ///< bad signature or unreadable
  const std::deque<ReceivedEvent>& events() const noexcept { return events_; }
  /// Those with a number above `after`, at most `count`, in order; of one payment when `payment` is given.
  std::vector<ReceivedEvent> page(std::int64_t after, std::size_t count, const std::optional<PaymentId>& payment) const;

 private:
  std::size_t kept_max_;
  std::deque<ReceivedEvent> events_;  ///< numbers are contiguous
  std::unordered_map<std::string, std::int64_t> numbers_;
  std::int64_t received_ = 0;
  std::int64_t duplicates_ = 0;
  std::int64_t rejected_ = 0;
};

/// The JSON of GET /received: {"received","duplicates","rejected","events":[…]}, and how acq-load reads it back.
std::string write_received(const ReceivedEvents& all, const std::vector<ReceivedEvent>& events);
struct ReceivedPage {
  std::int64_t received = 0;
  std::vector<ReceivedEvent> events;
};
Result<ReceivedPage> read_received(std::string_view body);

}  // namespace acq::load
