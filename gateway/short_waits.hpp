// How a read waits for settlement, which is usually quick: a few short pauses, together limits::read_wait_ms.
#pragma once
#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstdint>

#include "common/limits.hpp"

namespace acq::gateway {

inline constexpr std::array<std::uint32_t, 4> waits_ms{20, 50, 100, 130};
static_assert(waits_ms[0] + waits_ms[1] + waits_ms[2] + waits_ms[3] == limits::read_wait_ms);

boost::asio::awaitable<void> pause(std::uint32_t ms);

/// What bears an id of that time may still be on its way to the log (P7). An id further ahead than clocks may differ is
/// nobody's: it would be "not yet known" until its time comes.
constexpr bool may_be_on_its_way(std::int64_t id_unix_ms, std::int64_t now_ms) noexcept {
  const std::int64_t age_ms = now_ms - id_unix_ms;
  return age_ms < limits::offer_window_ms && age_ms >= -1000 * limits::signature_age_s_max;
}

}  // namespace acq::gateway
