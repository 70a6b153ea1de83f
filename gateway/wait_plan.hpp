// What a held request does next (P25): answer, read once more, or sleep, and until when. Pure: times come in.
#pragma once
#include <algorithm>
#include <cstdint>

#include "common/limits.hpp"

namespace acq::gateway {

class WaitPlan {
 public:
  enum class Step : std::uint8_t { answer, read, sleep };
  struct Now {
    std::int64_t at_ms = 0;  ///< monotonic
    bool enough = false;     ///< what was read last is what was waited for
    bool woken = false;      ///< something about the payment was published since
    bool over = false;       ///< nobody waits any more, or we stop
  };

  /// `read_ms`: when the state that is known now was read.
  WaitPlan(std::int64_t read_ms, std::int64_t until_ms)
      : read_ms_(read_ms), next_read_ms_(read_ms + limits::wait_first_read_ms), until_ms_(until_ms) {}

  Step next(const Now& now) const noexcept {
    if (now.enough || now.over) return Step::answer;
    // The last word is a read at the end, unless one was made then.
    if (now.at_ms >= until_ms_) return read_ms_ >= until_ms_ ? Step::answer : Step::read;
    return now.woken || now.at_ms >= next_read_ms_ ? Step::read : Step::sleep;
  }
  void has_read(std::int64_t at_ms) noexcept {
    read_ms_ = at_ms;
    if (at_ms >= next_read_ms_) next_read_ms_ = at_ms + limits::wait_read_every_ms;
  }
  std::int64_t wake_at_ms() const noexcept { return std::min(next_read_ms_, until_ms_); }

 private:
  std::int64_t read_ms_;
  std::int64_t next_read_ms_;
  std::int64_t until_ms_;
};

}  // namespace acq::gateway
