// The second threshold: how much refusing a core may do. Saying no costs little, but not nothing, and a flood of
// refusals takes from the payments that were let in; past the allowance it is cheaper to leave what comes unread. Pure.
#pragma once
#include <algorithm>
#include <cstdint>

namespace acq::gateway {

class RefusalAllowance {
 public:
  /// 0: without end.
  explicit RefusalAllowance(std::int64_t per_second)
      : per_second_(per_second), burst_(std::max<std::int64_t>(1, per_second / 10)), left_(burst_) {}

  /// True when nothing is left: stop reading. It may be spent beyond that, as a debt.
  bool spend(std::int64_t amount, std::int64_t now_ms) noexcept {
    if (per_second_ == 0) return false;
    refill(now_ms);
    left_ -= amount;
    return left_ <= 0;
  }
  /// How many requests may be let on, each of which may be refused.
  std::int64_t left(std::int64_t now_ms) noexcept {
    refill(now_ms);
    return std::max<std::int64_t>(0, left_);
  }
  /// The lower mark: half of the allowance is back.
  bool recovered(std::int64_t now_ms) noexcept { return left(now_ms) >= (burst_ + 1) / 2; }

 private:
  void refill(std::int64_t now_ms) noexcept {
    const std::int64_t gained = (now_ms - refilled_ms_) * per_second_ / 1000;
    if (gained <= 0) return;  // the time is not lost: it counts next time
    left_ = std::min(burst_, left_ + gained);
    refilled_ms_ = now_ms;
  }

  std::int64_t per_second_;
  std::int64_t burst_;  ///< a tenth of a second's
  std::int64_t left_;
  std::int64_t refilled_ms_ = 0;
};

}  // namespace acq::gateway
