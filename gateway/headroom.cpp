#include "gateway/headroom.hpp"

#include <algorithm>

#include "common/limits.hpp"

namespace acq::gateway {
namespace {

PartitionHeadroom measure(const LogLimits& log_limits, const PartitionLog& log, std::int64_t now_ms) {
  PartitionHeadroom room;
  room.partition = log.partition;
  room.moved_back = log.end < log.next_offset;
  if (log.next_offset < log.end && log.oldest_unread_append_ms) {
    room.unread_age_ms = std::max<std::int64_t>(0, now_ms - *log.oldest_unread_append_ms);
  }
  if (log_limits.retention_ms >= 0) room.headroom_ms = log_limits.retention_ms - room.unread_age_ms;
  // An old cursor proves nothing: what lies behind it may have been read since.
  if (log.first > log.next_offset && log.cursor_age_ms <= limits::cursor_fresh_ms_max) {
    room.deleted = OffsetRange{log.next_offset, log.first};
  }
  return room;
}

}  // namespace

Headroom decide_headroom(const LogLimits& log_limits, const std::vector<PartitionLog>& partitions,
                         std::int64_t now_ms) {
  Headroom headroom;
  const auto because = [&](const std::string& reason) { headroom.reasons.push_back(reason); };
  if (log_limits.retention_bytes != -1) because("retention.bytes is not -1: the broker may delete by size");
  if (log_limits.disk_percent && *log_limits.disk_percent > limits::log_disk_percent_max) {
    because("the log's disk is " + std::to_string(*log_limits.disk_percent) + " % full");
  }
  for (const auto& log : partitions) {
    const auto room = measure(log_limits, log, now_ms);
    const std::string where = "partition " + std::to_string(log.partition) + ": ";
    if (room.deleted) {
      because(where + "offsets from " + std::to_string(room.deleted->from) + " before " +
              std::to_string(room.deleted->to) + " were deleted unread");
    } else if (log.first > log.next_offset) {
      because(where + "the log begins behind the last known cursor, which cannot be read now");
    }
    if (room.moved_back) because(where + "the log ends before what was applied");
    if (room.headroom_ms && *room.headroom_ms < log_limits.retention_ms / limits::headroom_short_part) {
      because(where + "the oldest unread intent has " + std::to_string(*room.headroom_ms / 1000) + " of " +
              std::to_string(log_limits.retention_ms / 1000) + " s left");
    }
    headroom.partitions.push_back(room);
  }
  return headroom;
}

}  // namespace acq::gateway
