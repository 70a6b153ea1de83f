#include "gateway/merchant_share.hpp"

#include <algorithm>

namespace acq::gateway {
namespace {

constexpr std::size_t index_of(WorkKind kind) {
  return static_cast<std::size_t>(kind);
}
static_assert(index_of(WorkKind::create) < 3 && index_of(WorkKind::query) < 3 && index_of(WorkKind::change) < 3);

/// Runs `step` on a copy of `state` until nobody came between.
template <class Step>
auto exchange(std::atomic<std::int64_t>& state, Step step) {
  std::int64_t seen = state.load(std::memory_order_relaxed);
  while (true) {
    std::int64_t next = seen;
    const auto result = step(next);
    if (next == seen || state.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return result;
  }
}

}  // namespace

Taken take_one(std::int64_t& due_ns, std::int64_t now_ns, std::int64_t per_second) noexcept {
  const std::int64_t interval_ns = std::max<std::int64_t>(1, second_ns / per_second);
  const std::int64_t window_ns = std::max(second_ns, interval_ns);
  const std::int64_t next_ns = std::max(due_ns, now_ns) + interval_ns;
  const std::int64_t over_ns = next_ns - now_ns - window_ns;
  if (over_ns > 0) return {false, 0, over_ns, due_ns - now_ns};
  due_ns = next_ns;
  return {true, -over_ns / interval_ns, 0, next_ns - now_ns};
}

std::int64_t next_turn(std::int64_t& line_ns, std::int64_t now_ns, std::int64_t wait_ns, std::int64_t pace_ns,
                       std::uint64_t random) noexcept {
  const std::int64_t turn_ns = std::max(line_ns + pace_ns, now_ns + wait_ns);
  if (turn_ns - now_ns > retry_after_ns_max) {
    constexpr auto half = static_cast<std::uint64_t>(retry_after_ns_max / 2);
    return static_cast<std::int64_t>(half + random % half);
  }
  line_ns = turn_ns;
  return turn_ns - now_ns;
}

Taken MerchantShare::take(WorkKind kind, std::int64_t now_ns, std::int64_t per_second) noexcept {
  return exchange(due_ns_[index_of(kind)], [&](std::int64_t& due_ns) { return take_one(due_ns, now_ns, per_second); });
}

std::int64_t MerchantShare::turn_after(WorkKind kind, std::int64_t now_ns, std::int64_t wait_ns,
                                       std::int64_t per_second, std::uint64_t random) noexcept {
  const std::int64_t pace_ns = std::max<std::int64_t>(1, second_ns / per_second);
  return exchange(line_ns_[index_of(kind)],
                  [&](std::int64_t& line_ns) { return next_turn(line_ns, now_ns, wait_ns, pace_ns, random); });
}

bool MerchantShare::enter(WorkKind kind, std::int32_t in_flight_max) noexcept {
  auto& in_flight = in_flight_[index_of(kind)];
  if (in_flight.fetch_add(1, std::memory_order_relaxed) < in_flight_max) return true;
  in_flight.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void MerchantShare::leave(WorkKind kind) noexcept {
  in_flight_[index_of(kind)].fetch_sub(1, std::memory_order_relaxed);
}

MerchantShare& MerchantShares::of(const MerchantId& id) {
  const std::lock_guard lock(mutex_);
  auto& share = shares_[id];
  if (!share) share = std::make_unique<MerchantShare>();
  return *share;
}

}  // namespace acq::gateway
