// Two lists of delays and what follows after their ends.
#include "common/domain/schedule.hpp"

#include <algorithm>
#include <array>

namespace acq {
namespace {

constexpr std::int64_t second = 1'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;

constexpr std::array barcode_queries{1 * second, 2 * second, 2 * second, 3 * second, 5 * second};
constexpr std::array qr_queries{15 * second, 30 * second, 1 * minute, 5 * minute, 15 * minute};
constexpr std::size_t qr_hourly = 24;

constexpr std::array callback_steps{5 * second, 30 * second, 2 * minute, 10 * minute, 30 * minute, 1 * hour, 2 * hour};
constexpr std::size_t callback_four_hourly = 17;  // 3.7 h + 17 * 4 h: the end of the third day
constexpr std::size_t callback_daily = 27;        // to the thirtieth

/// Only ever later: an early query is an unheard one (P21), and a herd of callbacks is spread all the same.
std::int64_t spread(std::int64_t delay_ms, double random) noexcept {
  return delay_ms + static_cast<std::int64_t>(static_cast<double>(delay_ms) * 0.1 * std::clamp(random, 0.0, 1.0));
}

}  // namespace

std::int64_t query_delay_ms(MethodType method, std::int32_t queries, double random) noexcept {
  const auto made = static_cast<std::size_t>(std::max(queries, 0));
  if (method == MethodType::barcode) {
    return spread(made < barcode_queries.size() ? barcode_queries[made] : 5 * second, random);
  }
  if (made < qr_queries.size()) return spread(qr_queries[made], random);
  return spread(made < qr_queries.size() + qr_hourly ? hour : day, random);
}

std::int64_t overdue_delay_ms(std::int64_t overdue_ms, double random) noexcept {
  std::int64_t passed = 0;
  for (const auto step : qr_queries) {
    passed += step;
    if (overdue_ms < passed) return spread(step, random);
  }
  return spread(overdue_ms < day ? hour : day, random);
}

std::int64_t callback_delay_ms(std::int32_t failures, double random) noexcept {
  const auto step = static_cast<std::size_t>(std::max(failures, 1) - 1);
  if (step < callback_steps.size()) return spread(callback_steps[step], random);
  if (step < callback_steps.size() + callback_four_hourly) return spread(4 * hour, random);
  if (step < callback_steps.size() + callback_four_hourly + callback_daily) return spread(day, random);
  return 0;
}

}  // namespace acq
