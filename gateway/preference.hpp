// `Prefer: wait=N` (RFC 7240, section 4.3). Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "common/http/message.hpp"

namespace acq::gateway {

/// The seconds that the client is willing to wait, at most limits::prefer_wait_s_max; the first `wait` counts, and one
/// that is not a number is no preference. Nothing: none was sent.
std::optional<std::uint32_t> preferred_wait_s(const http::Request& request);

}  // namespace acq::gateway
