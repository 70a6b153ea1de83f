// When to ask a channel again, and when to try a callback again. Pure: count and jitter in, delay out.
#pragma once
#include <cstdint>

#include "common/domain/payment.hpp"

namespace acq {

/// The unknown's clock (docs/states.md): barcode after 1, 2, 2, 3, 5 s, then every 5 s; qr after 15 s, 30 s, 1, 5, 15
/// min, hourly for a day, then daily. `queries` counts those already made. Milliseconds, with up to 10 % added by
/// `random`.
std::int64_t query_delay_ms(MethodType method, std::int32_t queries, double random) noexcept;

/// After its deadline an attempt is asked about on qr's clock, counted from that deadline (P22). `overdue_ms` >= 0.
std::int64_t overdue_delay_ms(std::int64_t overdue_ms, double random) noexcept;

/// Callbacks: 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, then every 4 h to the end of the third day, then daily to the
/// thirtieth. `failures` counts failed tries (1 = the first just failed). Up to 10 % is added by `random`.
/// 0 when the thirty days are over: the item is parked for an operator.
std::int64_t callback_delay_ms(std::int32_t failures, double random) noexcept;

/// next_tell_at_ms of a parked callback: the end of the year 9999, so that "due" needs no second condition.
inline constexpr std::int64_t parked_until_ms = 253'402'300'799'000;
/// A merchant's Retry-After counts up to this much: it may slow us down, not silence us.
inline constexpr std::int64_t retry_after_ms_max = 24LL * 3600 * 1000;

}  // namespace acq
