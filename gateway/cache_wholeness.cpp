#include "gateway/cache_wholeness.hpp"

#include <algorithm>
#include <charconv>

namespace acq::gateway {

void CacheWholeness::broken_at(std::int64_t at_ms) noexcept {
  std::int64_t known = since_ms_.load(std::memory_order_relaxed);
  while (known < at_ms && !since_ms_.compare_exchange_weak(known, at_ms, std::memory_order_relaxed)) {
  }
}

bool CacheWholeness::whole_for(std::int64_t window_ms, std::string_view marker, std::int64_t now_ms) const noexcept {
  std::int64_t emptied_ms = 0;
  const char* const end = marker.data() + marker.size();
  const auto parsed = std::from_chars(marker.data(), end, emptied_ms);
  if (marker.empty() || parsed.ec != std::errc() || parsed.ptr != end) return false;
  return std::max(emptied_ms, since_ms_.load(std::memory_order_relaxed)) + window_ms <= now_ms;
}

}  // namespace acq::gateway
