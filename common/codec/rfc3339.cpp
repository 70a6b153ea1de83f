// RFC 3339 in UTC, by days counted from the civil calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
// Algorithms"): years are counted from March, so that the leap day is a year's last.
#include <algorithm>

#include "common/codec/json_document.hpp"
#include "common/codec/text_rules.hpp"

namespace acq::codec {
namespace {

constexpr std::int64_t ms_per_day = 86'400'000;
constexpr std::int64_t days_per_era = 146'097;          // 400 years
constexpr std::int64_t days_to_epoch = 719'468;         // from 0000-03-01 to 1970-01-01
constexpr std::int64_t first_ms = -62'167'219'200'000;  // 0000-01-01T00:00:00.000Z
constexpr std::int64_t last_ms = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

struct Civil {
  std::int64_t year;
  std::int64_t month;
  std::int64_t day;
};

constexpr std::int64_t days_from_civil(const Civil& date) {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  return era * days_per_era + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - days_to_epoch;
}

constexpr Civil civil_from_days(std::int64_t days) {
  days += days_to_epoch;
  const std::int64_t era = (days >= 0 ? days : days - (days_per_era - 1)) / days_per_era;
  const std::int64_t day_of_era = days - era * days_per_era;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / (days_per_era - 1)) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

constexpr std::int64_t days_in_month(std::int64_t year, std::int64_t month) {
  if (month == 2) return (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

void put(char* at, std::int64_t number, int width) {
  for (int i = width; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
}

/// The number that `width` digits make; -1 when they are not digits.
std::int64_t take(std::string_view text, std::size_t at, std::size_t width) {
  std::int64_t number = 0;
  for (const char c : text.substr(at, width)) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

TimeText time_text(std::int64_t unix_ms) noexcept {
  unix_ms = std::clamp(unix_ms, first_ms, last_ms);
  std::int64_t days = unix_ms / ms_per_day;
  if (unix_ms % ms_per_day < 0) --days;
  const std::int64_t ms = unix_ms - days * ms_per_day;
  const Civil date = civil_from_days(days);
  TimeText text{};
  char* at = text.chars.data();
  std::ranges::copy(std::string_view("0000-00-00T00:00:00.000Z"), at);
  put(at, date.year, 4);
  put(at + 5, date.month, 2);
  put(at + 8, date.day, 2);
  put(at + 11, ms / 3'600'000, 2);
  put(at + 14, ms / 60'000 % 60, 2);
  put(at + 17, ms / 1'000 % 60, 2);
  put(at + 20, ms % 1'000, 3);
  return text;
}

std::string rfc3339(std::int64_t unix_ms) {
  return std::string(time_text(unix_ms).view());
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= shape.size() || text.back() != 'Z') return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != 'd' && text[i] != shape[i]) return std::nullopt;
  }
  std::int64_t ms = 0;
  if (const auto fraction = text.substr(shape.size(), text.size() - shape.size() - 1); !fraction.empty()) {
    // Up to nanoseconds; what is finer than ours is cut off.
    if (fraction.front() != '.' || fraction.size() < 2 || fraction.size() > 10) return std::nullopt;
    if (take(fraction, 1, fraction.size() - 1) < 0) return std::nullopt;
    for (std::size_t i = 1; i <= 3; ++i) ms = ms * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  }
  const Civil date{take(text, 0, 4), take(text, 5, 2), take(text, 8, 2)};
  const std::int64_t hour = take(text, 11, 2);
  const std::int64_t minute = take(text, 14, 2);
  const std::int64_t second = take(text, 17, 2);
  if (date.year < 0 || date.month < 1 || date.month > 12 || date.day < 1 ||
      date.day > days_in_month(date.year, date.month)) {
    return std::nullopt;
  }
  // A leap second (":60") has no place in Unix time.
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
  return days_from_civil(date) * ms_per_day + hour * 3'600'000 + minute * 60'000 + second * 1'000 + ms;
}

}  // namespace acq::codec
