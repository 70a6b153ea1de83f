// Retention headroom (P30): how long the oldest unread intent still has before the broker may delete it. Pure;
// log_watch feeds it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace acq::gateway {

/// Offsets from `from` on and before `to`.
struct OffsetRange {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t records() const noexcept { return to - from; }
  friend bool operator==(const OffsetRange&, const OffsetRange&) = default;
};

/// One partition as the broker and MariaDB told of it. The cursor is read after `first`, and an `end` that lies before
/// it is asked again after it, so that a writer at work looks neither overtaken nor ahead.
struct PartitionLog {
  std::int32_t partition = 0;
  std::int64_t first = 0;  ///< the oldest offset that is still there
  std::int64_t end = 0;    ///< the next to be written
  std::int64_t next_offset = 0;
  std::optional<std::int64_t> oldest_unread_append_ms{};  ///< the broker's clock; none: nothing unread, or not told
  std::int64_t cursor_age_ms = 0;                         ///< since MariaDB last told the cursor
};

struct LogLimits {
  std::int64_t retention_ms = 0;      ///< the broker's effective value; negative: for ever
  std::int64_t retention_bytes = 0;   ///< must be -1
  std::optional<int> disk_percent{};  ///< how full the log's disk is, where that is known
};

struct PartitionHeadroom {
  std::int32_t partition = 0;
  std::int64_t unread_age_ms = 0;             ///< 0: nothing is unread
  std::optional<std::int64_t> headroom_ms{};  ///< none: for ever
  std::optional<OffsetRange> deleted{};       ///< certainly deleted unread
  bool moved_back = false;                    ///< the log ends before what was applied (P10)
};

struct Headroom {
  std::vector<PartitionHeadroom> partitions;
  std::vector<std::string> reasons;  ///< why it is short, in words of ours; empty: it is not
  bool is_short() const noexcept { return !reasons.empty(); }
};

Headroom decide_headroom(const LogLimits& limits, const std::vector<PartitionLog>& partitions, std::int64_t now_ms);

}  // namespace acq::gateway
