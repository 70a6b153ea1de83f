// What the last two digits of an amount ask of the simulated channel (docs/channel.md).
#pragma once
#include <cstdint>

namespace acq::channel_sim {

enum class Fate : std::uint8_t {
  success,
  insufficient_funds,  ///< 51
  expired_code,        ///< 52
  payer_waits,         ///< 53: pays later
  lost_answer,         ///< 54: charged, the first answer is lost
  late,                ///< 55: not charged until it is repeated late enough
  slow_answer,         ///< 56
  silence,             ///< 57: charged, never answered; queries learn it later
  wrong_amount,        ///< 58: charged, told wrong
  told_thrice,         ///< 59: charged, and notified three times, once with another order
  payer_never,         ///< 60: waits for the payer until it is closed
  told_at_the_end,     ///< 61: charged, told only once an end was asked
  error_first,         ///< 62: 500 without charging, success on the next try
  arrives_late,        ///< 63: the first request arrives later by itself
};

inline Fate fate_of_charge(std::int64_t amount) noexcept {
  const auto ending = amount % 100;
  if (ending < 51 || ending > 63) return Fate::success;
  return static_cast<Fate>(ending - 50);
}
static_assert(static_cast<int>(Fate::insufficient_funds) == 51 - 50 && static_cast<int>(Fate::arrives_late) == 63 - 50,
              "the enumerators stand in the order of the digits");

enum class RefundFate : std::uint8_t {
  success,
  declined,     ///< 71
  lost_answer,  ///< 72: refunded, the first answer is lost
  pending,      ///< 73: refunded later
  error_first,  ///< 74: 500 without refunding, success on the next try
};

inline RefundFate fate_of_refund(std::int64_t amount) noexcept {
  const auto ending = amount % 100;
  if (ending < 71 || ending > 74) return RefundFate::success;
  return static_cast<RefundFate>(ending - 70);
}

}  // namespace acq::channel_sim
