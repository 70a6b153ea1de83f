// One merchant's part of a gateway: a rate (token bucket) and a bound on requests in flight, for creates, queries and
// changes each by itself, so that a merchant's own flash sale does not keep it from asking and refunding.
//
// Shared by all cores: one cache line a merchant, written once as a request comes and once as it goes. A limit split by
// cores would be wrong wherever connections are spread unevenly. Made for merchants whose signature held, never before.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "common/domain/ids.hpp"
#include "gateway/work_kind.hpp"

namespace acq::gateway {

inline constexpr std::int64_t second_ns = 1'000'000'000;

/// What taking one from a bucket said. The bucket holds one second's rate.
struct Taken {
  bool allowed = false;
  std::int64_t left = 0;     ///< how many more could be taken now
  std::int64_t wait_ns = 0;  ///< refused: until there is one again
  std::int64_t full_ns = 0;  ///< until the bucket is full again
};

/// Takes one unless the bucket is empty. `due_ns` is its whole state: the moment at which it is full again (GCRA).
Taken take_one(std::int64_t& due_ns, std::int64_t now_ns, std::int64_t per_second) noexcept;

/// When one who was refused may come again: each gets the next free moment at the pace at which places become free, so
/// that those who keep to it come back one after another and not in one wave. Beyond `retry_after_ns_max` the time is
/// drawn from the second half before it. `random` is any number.
std::int64_t next_turn(std::int64_t& line_ns, std::int64_t now_ns, std::int64_t wait_ns, std::int64_t pace_ns,
                       std::uint64_t random) noexcept;
inline constexpr std::int64_t retry_after_ns_max = 30 * second_ns;

/// Any thread.
class alignas(64) MerchantShare {
 public:
  static constexpr bool counts(WorkKind kind) {
    return kind == WorkKind::create || kind == WorkKind::query || kind == WorkKind::change;
  }
  Taken take(WorkKind kind, std::int64_t now_ns, std::int64_t per_second) noexcept;
  std::int64_t turn_after(WorkKind kind, std::int64_t now_ns, std::int64_t wait_ns, std::int64_t per_second,
                          std::uint64_t random) noexcept;
  bool enter(WorkKind kind, std::int32_t in_flight_max) noexcept;
  void leave(WorkKind kind) noexcept;

 private:
  static constexpr std::size_t kinds = 3;
  std::array<std::atomic<std::int64_t>, kinds> due_ns_{};
  std::array<std::atomic<std::int64_t>, kinds> line_ns_{};
  std::array<std::atomic<std::int32_t>, kinds> in_flight_{};
};
static_assert(sizeof(MerchantShare) == 64);

/// All of a gateway's. Never forgets one: there are as many as merchants that ever signed.
class MerchantShares {
 public:
  MerchantShare& of(const MerchantId& id);

 private:
  std::mutex mutex_;
  std::unordered_map<MerchantId, std::unique_ptr<MerchantShare>> shares_;
};

}  // namespace acq::gateway
