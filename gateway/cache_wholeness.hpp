// Since when every reservation that this gateway made is known to be in Redis (P7): a 404 by order number leans on the
// absence of one, and an emptied, restarted or unreached Redis is absence without meaning. One per process; any thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

namespace acq::gateway {

class CacheWholeness {
 public:
  explicit CacheWholeness(std::int64_t started_at_ms) : since_ms_(started_at_ms) {}

  /// A (re)connection, or a reservation that could not be made: nothing before `at_ms` counts.
  void broken_at(std::int64_t at_ms) noexcept;
  /// `marker` is the value of whole_key, read in the same command as the reservation: when Redis was last found empty.
  bool whole_for(std::int64_t window_ms, std::string_view marker, std::int64_t now_ms) const noexcept;

 private:
  std::atomic<std::int64_t> since_ms_;
};

}  // namespace acq::gateway
