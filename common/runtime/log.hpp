// One JSON object per line on stderr: ts, level, event, then the fields. `event` is a fixed word (docs list them).
// Never on the accepted path: metrics per message, one line per decision that a person would act on.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace acq::runtime {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

struct LogField {
  std::string_view name;
  std::variant<std::string, std::int64_t, bool> value;
  LogField(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
  LogField(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  LogField(std::string_view n, const std::string& v) : name(n), value(v) {}
  LogField(std::string_view n, std::int64_t v) : name(n), value(v) {}
  LogField(std::string_view n, int v) : name(n), value(static_cast<std::int64_t>(v)) {}
  LogField(std::string_view n, std::size_t v) : name(n), value(static_cast<std::int64_t>(v)) {}
  LogField(std::string_view n, bool v) : name(n), value(v) {}
};

/// Asynchronous (a bounded queue that drops the oldest when full); any thread.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});
inline void log_info(std::string_view event, std::initializer_list<LogField> f = {}) {
  log(LogLevel::info, event, f);
}
inline void log_warning(std::string_view event, std::initializer_list<LogField> f = {}) {
  log(LogLevel::warning, event, f);
}
inline void log_error(std::string_view event, std::initializer_list<LogField> f = {}) {
  log(LogLevel::error, event, f);
}
void log_start(std::string_view program, std::string_view level);
void log_flush();

}  // namespace acq::runtime
