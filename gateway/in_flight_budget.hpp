// How many requests may be in flight, and who gets the last places. Pure: no clock, no I/O.
//
// The gateway's budget is split evenly by cores, because a core that waits for nobody needs no shared counter. The
// kernel spreads connections unevenly, so a core whose part is full borrows what others leave unused, up to its own
// part once more: beyond that it would only queue longer behind one thread. A core never loses its own part to a
// borrower; the sum may therefore pass the budget while a loan runs out, by less than half of it.
//
// Within a core each kind of work keeps a reserve of its own, and what is left is anybody's.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "gateway/work_kind.hpp"

namespace acq::gateway {

/// What a core tells the others: written by that core alone, in a cache line of its own.
struct alignas(64) CoreLoad {
  std::array<std::atomic<std::uint32_t>, work_kind_count> in_flight{};
  std::atomic<bool> reading{true};  ///< false: past the second threshold

  std::size_t total() const noexcept;
};

/// All cores of a gateway. Any thread may read it.
class GatewayLoad {
 public:
  GatewayLoad(std::size_t cores, std::size_t in_flight_max) : loads_(cores), in_flight_max_(in_flight_max) {}

  CoreLoad& of(std::size_t core) noexcept { return loads_[core]; }
  std::size_t cores() const noexcept { return loads_.size(); }
  std::size_t in_flight_max() const noexcept { return in_flight_max_; }
  std::size_t in_flight() const noexcept;
  std::size_t in_flight(WorkKind kind) const noexcept;
  std::size_t cores_not_reading() const noexcept;

 private:
  std::vector<CoreLoad> loads_;
  const std::size_t in_flight_max_;
};

/// One per core, used on that core.
class InFlightBudget {
 public:
  /// Queries, changes and notifications keep `reserved_percent` of the core's part each, creates three times that:
  /// the selling goes on under a flood of queries, too. Signature checks keep nothing.
  InFlightBudget(GatewayLoad& gateway, std::size_t core, std::size_t reserved_percent);

  /// False is the cheap answer to "may anybody be refused?".
  bool crowded() const noexcept { return shared_used_ >= std::max<std::size_t>(1, shared_max_ / 2); }
  bool has_room(WorkKind kind) const noexcept;
  void take(WorkKind kind) noexcept;
  void give_back(WorkKind kind) noexcept;

 private:
  std::size_t count(WorkKind kind) const noexcept;
  std::size_t unused_by_others() const noexcept;

  GatewayLoad& gateway_;
  CoreLoad& own_;
  std::size_t part_;  ///< of the gateway's budget
  std::array<std::size_t, work_kind_count> reserved_{};
  std::size_t shared_max_ = 0;
  std::size_t shared_used_ = 0;  ///< places beyond the reserves
};

}  // namespace acq::gateway
