// A partition's lease as its jobs see it (P19): the database's lease, counted on this process's monotonic clock.
#pragma once
#include <atomic>
#include <cstdint>

#include "common/limits.hpp"

namespace acq::settlement {

/// Written by the worker, read by the runner. Ends early when the partition is lost.
struct Lease {
  std::int32_t partition = 0;
  std::atomic<std::int64_t> until_steady_ms{0};
  std::atomic<std::int64_t> clock_offset_ms{0};  ///< database clock - monotonic clock (P15)

  /// More than one request's time is left: a call begun now ends within the lease.
  bool allows_call(std::int64_t steady_now_ms) const noexcept {
    return steady_now_ms + limits::channel_timeout_ms < until_steady_ms.load(std::memory_order_relaxed);
  }
  void end() noexcept { until_steady_ms.store(0, std::memory_order_relaxed); }
};

}  // namespace acq::settlement
