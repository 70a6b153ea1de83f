#include "settlement/operations/times.hpp"

#include <array>
#include <charconv>

#include "common/codec/json_document.hpp"

namespace acq::settlement::operations {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::array units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000}};
constexpr std::int64_t duration_ms_max = 3'653LL * 86'400'000;

}  // namespace

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || text.front() == '-') return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  std::int64_t factor = 0;
  if (unit.empty()) factor = 1'000;
  if (unit == "ms") factor = 1;
  for (const auto& one : units) {
    if (unit == one.name) factor = one.ms;
  }
  if (factor == 0 || number > duration_ms_max / factor) return std::nullopt;
  return number * factor;
}

std::optional<std::int64_t> parse_time_ms(std::string_view text, std::int64_t now_ms) {
  if (text == "now") return now_ms;
  if (text.starts_with("-")) {
    const auto ago = parse_duration_ms(text.substr(1));
    if (!ago) return std::nullopt;
    return now_ms - *ago;
  }
  return codec::parse_rfc3339(text);
}

std::string age_text(std::int64_t ms) {
  if (ms < 0) ms = 0;
  std::string out;
  int parts = 0;
  for (const auto& unit : units) {
    const auto count = ms / unit.ms;
    ms %= unit.ms;
    if (count == 0 && (parts == 0 || unit.name != "s")) {
      if (parts > 0) break;
      continue;
    }
    if (count == 0) break;
    if (!out.empty()) out += ' ';
    out += std::to_string(count) + std::string(unit.name);
    if (++parts == 2) break;
  }
  return out.empty() ? "0s" : out;
}

}  // namespace acq::settlement::operations
