// Intents that are rare on the log, read through a tree. Internal to codec: intent_json is the way in.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/domain/intents.hpp"
#include "common/error/result.hpp"

namespace acq::codec {

inline constexpr std::size_t traceparent_bytes = 55;                      // W3C Trace Context, version 00
inline constexpr std::int64_t time_ms_max = (std::int64_t{1} << 48) - 1;  // what a UUIDv7 can hold

/// Nothing when it is of another type, or of none.
std::optional<Result<Intent>> decode_rare(std::string_view bytes);

}  // namespace acq::codec
