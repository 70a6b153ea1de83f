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

}  // namespace acq::gateway
