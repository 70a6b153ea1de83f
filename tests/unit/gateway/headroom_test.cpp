// When the gateway stops admitting because the log may not keep what it takes (P30).
#include <catch2/catch.hpp>

#include "common/limits.hpp"
#include "gateway/headroom.hpp"

namespace {
using namespace acq;
using namespace acq::gateway;

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t now_ms = 100 * hour_ms;
constexpr LogLimits three_hours{.retention_ms = 3 * hour_ms, .retention_bytes = -1};

PartitionLog unread_since(std::int64_t append_ms) {
  return {.partition = 0, .first = 10, .end = 30, .next_offset = 20, .oldest_unread_append_ms = append_ms};
}
}  // namespace

TEST_CASE("headroom: nothing unread leaves the whole retention") {
  const PartitionLog log{.partition = 1, .first = 0, .end = 20, .next_offset = 20};
  const auto headroom = decide_headroom(three_hours, {log}, now_ms);
  CHECK_FALSE(headroom.is_short());
  REQUIRE(headroom.partitions.size() == 1);
  CHECK(headroom.partitions[0].partition == 1);
  CHECK(headroom.partitions[0].unread_age_ms == 0);
  CHECK(headroom.partitions[0].headroom_ms == 3 * hour_ms);
}

TEST_CASE("headroom: it is short below a third of the retention, in any partition") {
  const auto just_enough = decide_headroom(three_hours, {unread_since(now_ms - 2 * hour_ms)}, now_ms);
  CHECK(just_enough.partitions[0].headroom_ms == hour_ms);
  CHECK_FALSE(just_enough.is_short());
  const auto too_old = unread_since(now_ms - 2 * hour_ms - 1);
  CHECK(decide_headroom(three_hours, {too_old}, now_ms).is_short());
  CHECK(decide_headroom(three_hours, {unread_since(now_ms), too_old}, now_ms).reasons.size() == 1);
}

TEST_CASE("headroom: an older unread intent than the retention is short, and a record from the future has age zero") {
  const auto overdue = decide_headroom(three_hours, {unread_since(now_ms - 4 * hour_ms)}, now_ms);
  CHECK(overdue.partitions[0].headroom_ms == -hour_ms);
  CHECK(overdue.is_short());
  const auto ahead = decide_headroom(three_hours, {unread_since(now_ms + 1'500)}, now_ms);
  CHECK(ahead.partitions[0].unread_age_ms == 0);
}

TEST_CASE("headroom: what was deleted unread is a range, and short until the cursor is beyond it") {
  auto log = unread_since(now_ms);
  log.first = 25;
  const auto headroom = decide_headroom(three_hours, {log}, now_ms);
  CHECK(headroom.is_short());
  REQUIRE(headroom.partitions[0].deleted.has_value());
  CHECK(*headroom.partitions[0].deleted == OffsetRange{20, 25});
  CHECK(headroom.partitions[0].deleted->records() == 5);
  log.next_offset = 25;
  CHECK_FALSE(decide_headroom(three_hours, {log}, now_ms).is_short());
}

TEST_CASE("headroom: behind a cursor that cannot be read nothing is called deleted, but it is short") {
  auto log = unread_since(now_ms);
  log.first = 25;
  log.cursor_age_ms = limits::cursor_fresh_ms_max + 1;
  const auto headroom = decide_headroom(three_hours, {log}, now_ms);
  CHECK(headroom.is_short());
  CHECK_FALSE(headroom.partitions[0].deleted.has_value());
}

TEST_CASE("headroom: a log that ends before what was applied has moved back") {
  auto log = unread_since(now_ms);
  log.next_offset = 31;
  const auto headroom = decide_headroom(three_hours, {log}, now_ms);
  CHECK(headroom.partitions[0].moved_back);
  CHECK(headroom.is_short());
}

TEST_CASE("headroom: deletion by size and a full disk are short, whatever the age") {
  const auto fresh = unread_since(now_ms);
  auto bounds = three_hours;
  bounds.retention_bytes = 1'000'000'000;
  CHECK(decide_headroom(bounds, {fresh}, now_ms).is_short());
  bounds = three_hours;
  bounds.disk_percent = limits::log_disk_percent_max;
  CHECK_FALSE(decide_headroom(bounds, {fresh}, now_ms).is_short());
  bounds.disk_percent = limits::log_disk_percent_max + 1;
  CHECK(decide_headroom(bounds, {fresh}, now_ms).is_short());
}

TEST_CASE("headroom: a log that is kept for ever is never short of time") {
  const LogLimits forever{.retention_ms = -1, .retention_bytes = -1};
  const auto headroom = decide_headroom(forever, {unread_since(0)}, now_ms);
  CHECK_FALSE(headroom.is_short());
  CHECK_FALSE(headroom.partitions[0].headroom_ms.has_value());
}
