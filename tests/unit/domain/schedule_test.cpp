// The two clocks, step by step.
#include "common/domain/schedule.hpp"

#include <catch2/catch.hpp>

using namespace acq;

namespace {
constexpr std::int64_t second = 1'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
}  // namespace

TEST_CASE("a barcode is asked about after 1, 2, 2, 3, 5 s and then every 5 s") {
  const std::int64_t expected[] = {1, 2, 2, 3, 5, 5, 5};
  for (std::int32_t i = 0; i < 7; ++i) CHECK(query_delay_ms(MethodType::barcode, i, 0) == expected[i] * second);
  CHECK(query_delay_ms(MethodType::barcode, 1'000'000, 0) == 5 * second);
}

TEST_CASE("a QR payment is asked about densely, hourly for a day, then daily") {
  const std::int64_t expected[] = {15 * second, 30 * second, minute, 5 * minute, 15 * minute};
  for (std::int32_t i = 0; i < 5; ++i) CHECK(query_delay_ms(MethodType::qr, i, 0) == expected[i]);
  CHECK(query_delay_ms(MethodType::qr, 5, 0) == hour);
  CHECK(query_delay_ms(MethodType::qr, 28, 0) == hour);
  CHECK(query_delay_ms(MethodType::qr, 29, 0) == day);
  CHECK(query_delay_ms(MethodType::qr, INT32_MAX, 0) == day);
}

TEST_CASE("jitter adds at most a tenth and never takes away") {
  const auto random = GENERATE(-1.0, 0.0, 0.3, 0.999, 1.0, 7.0);
  for (std::int32_t i = 0; i < 40; ++i) {
    const auto plain = query_delay_ms(MethodType::qr, i, 0);
    CHECK(query_delay_ms(MethodType::qr, i, random) >= plain);
    CHECK(query_delay_ms(MethodType::qr, i, random) <= plain + plain / 10);
  }
  CHECK(query_delay_ms(MethodType::barcode, -1, 0) == second);
}

TEST_CASE("callbacks are dense for three days and daily to the thirtieth, then parked") {
  const std::int64_t first[] = {5 * second,  30 * second, 2 * minute, 10 * minute,
                                30 * minute, hour,        2 * hour,   4 * hour};
  for (std::int32_t i = 0; i < 8; ++i) CHECK(callback_delay_ms(i + 1, 0) == first[i]);

  std::int64_t total = 0;
  std::int32_t failures = 1;
  for (; callback_delay_ms(failures, 0) != 0 && callback_delay_ms(failures, 0) < day; ++failures) {
    total += callback_delay_ms(failures, 0);
  }
  CHECK(total > 3 * day - 4 * hour);
  CHECK(total <= 3 * day);
  for (; callback_delay_ms(failures, 0) != 0; ++failures) {
    CHECK(callback_delay_ms(failures, 0) == day);
    total += day;
  }
  CHECK(total > 29 * day);
  CHECK(total <= 30 * day);
  CHECK(callback_delay_ms(failures + 1, 0.5) == 0);
  CHECK(callback_delay_ms(INT32_MAX, 0.5) == 0);
  CHECK(callback_delay_ms(0, 0) == 5 * second);
}

TEST_CASE("past its deadline a payment is asked about on qr's clock, counted from the deadline") {
  CHECK(overdue_delay_ms(0, 0) == 15 * second);
  CHECK(overdue_delay_ms(15 * second - 1, 0) == 15 * second);
  CHECK(overdue_delay_ms(15 * second, 0) == 30 * second);
  CHECK(overdue_delay_ms(45 * second, 0) == minute);
  CHECK(overdue_delay_ms(105 * second, 0) == 5 * minute);
  CHECK(overdue_delay_ms(405 * second, 0) == 15 * minute);
  CHECK(overdue_delay_ms(1'305 * second, 0) == hour);
  CHECK(overdue_delay_ms(day - 1, 0) == hour);
  CHECK(overdue_delay_ms(day, 0) == day);
  CHECK(overdue_delay_ms(3'650 * day, 0) == day);
  std::int64_t before = 0;
  for (std::int64_t overdue = 0; overdue < 2 * day; overdue += second) {
    const auto delay = overdue_delay_ms(overdue, 0);
    REQUIRE(delay >= before);  // only ever slower
    before = delay;
  }
  CHECK(overdue_delay_ms(0, 1) == 15 * second + 1'500);
  CHECK(overdue_delay_ms(0, 99) == 15 * second + 1'500);
}
