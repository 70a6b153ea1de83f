// A log line as text, apart from where it goes.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "common/runtime/log.hpp"

namespace acq::runtime {

/// One JSON object without a newline. Whatever the fields hold, it stays one line of valid UTF-8.
std::string log_line(std::int64_t now_ms, LogLevel level, std::string_view program, std::string_view event,
                     std::initializer_list<LogField> fields);
/// RFC 3339 in UTC with milliseconds: "2026-11-24T15:00:00.123Z".
std::string rfc3339_ms(std::int64_t unix_ms);

}  // namespace acq::runtime
