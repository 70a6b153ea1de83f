// Times and durations as operators type them. Pure: now comes in.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acq::settlement::operations {

/// "90s", "15m", "2h", "3d", "250ms", or a bare number of seconds; at most ten years.
std::optional<std::int64_t> parse_duration_ms(std::string_view text);
/// RFC 3339 in UTC ("2026-11-24T08:15:30Z"), "now", or relative to now ("-15m").
std::optional<std::int64_t> parse_time_ms(std::string_view text, std::int64_t now_ms);
/// "3d 4h", "12m 5s", "0s": the two largest parts.
std::string age_text(std::int64_t ms);

}  // namespace acq::settlement::operations
