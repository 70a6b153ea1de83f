// Faults for every request on the channel's wire, and the dice that choose whom they hit. Pure and seeded: the same
// requests in the same order meet the same faults.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "common/error/result.hpp"

namespace acq::channel_sim {

/// Rates are shares of the requests, 0 to 1.
struct Faults {
  std::int64_t delay_ms = 0;  ///< every answer waits this long; what it answers was done at once
  double error_rate = 0;      ///< 500, nothing is done
  double timeout_rate = 0;    ///< done, never answered
  double duplicate_rate = 0;  ///< arrives twice, is notified twice
  double late_rate = 0;       ///< charges: answered 504, arrive later
  double flip_rate = 0;       ///< charges: once declined, they take the money after all
  bool down = false;          ///< every connection is cut, nothing is done
  bool any() const noexcept { return *this != Faults{}; }
  friend bool operator==(const Faults&, const Faults&) = default;
};

inline constexpr std::int64_t delay_ms_max = 60'000;

/// One flat JSON object; what it leaves out is none. Errc::undecodable names what is wrong: a member that we do not
/// know, one given twice, a value of another type or out of its range.
Result<Faults> decode_faults(std::string_view body);
std::string encode_faults(const Faults& faults);

/// What hits one request.
struct Hit {
  bool error = false;
  bool timeout = false;
  bool duplicate = false;
  bool late = false;
  bool flip = false;
};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) noexcept : state_(seed) {}
  /// Always the same number of throws, so that one rate does not move what another one hits.
  Hit roll(const Faults& faults) noexcept;

 private:
  double next() noexcept;  ///< in [0, 1)
  std::uint64_t state_;
};

}  // namespace acq::channel_sim
