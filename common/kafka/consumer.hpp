// The log's consumer for one group member: single polls (2.0.2's batch call may lose records), positions given by the
// caller at assignment, no reset policy, wake-up from other threads. Everything but wake() on one thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error/result.hpp"

namespace acq::kafka {

/// One record; owns librdkafka's message, the views point into it.
class Record {
 public:
  struct Free {
    void operator()(void* message) const;
  };
  explicit Record(void* message);
  std::int32_t partition() const noexcept { return partition_; }
  std::int64_t offset() const noexcept { return offset_; }
  std::int64_t append_ms() const noexcept { return append_ms_; }  ///< LogAppendTime: the broker's clock (P15)
  std::string_view key() const noexcept { return key_; }
  std::string_view value() const noexcept { return value_; }

 private:
  std::unique_ptr<void, Free> message_;
  std::int32_t partition_;
  std::int64_t offset_;
  std::int64_t append_ms_;
  std::string_view key_;
  std::string_view value_;
};

struct Position {
  std::int32_t partition;
  std::int64_t next_offset;
};

/// Called from poll(), on its thread.
struct ConsumerEvents {
  /// The group gave us these; answer where to read each. A partition left out is not read (it is stopped).
  std::function<std::vector<Position>(std::span<const std::int32_t>)> assigned;
  /// They are no longer ours. `lost`: another member may already own them.
  std::function<void(std::span<const std::int32_t>, bool lost)> revoked;
  /// The offset asked for is not on the log (any more): 2.0.2 says so once and then reads nothing. A gap (P10).
  std::function<void(std::int32_t partition)> out_of_range;
  /// A broker went away: what comes after it may be another log (P10). May be empty.
  std::function<void()> broker_lost = {};
};

struct ConsumerOptions {
  std::string brokers;
  std::string topic;
  std::string group;
};

class Consumer {
 public:
  Consumer(ConsumerOptions options, ConsumerEvents events);
  ~Consumer();  ///< leaves the group

  /// The next record, or nothing after `timeout_ms` or wake().
  std::optional<Record> poll(std::uint32_t timeout_ms);
  /// Any thread: a poll under way returns.
  void wake();
  /// Reads from these positions again, for what is assigned now. Only when no record is held.
  void restart(std::span<const Position> positions);
  /// A hint for lag tools; where to read is the cursor row's to say (P9). Not waited for.
  void commit_hint(std::int32_t partition, std::int64_t next_offset);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct LogBounds {
  std::int64_t first = 0;  ///< the oldest offset that is still there
  std::int64_t end = 0;    ///< the next to be written
};
/// Single reads beside the group, for checking the log (P10). Blocking; one thread.
class LogReader {
 public:
  LogReader(const std::string& brokers, std::string topic);
  ~LogReader();
  Result<LogBounds> bounds(std::int32_t partition, std::uint32_t timeout_ms);
  /// The record at exactly this offset. Errc::undecodable when another one comes first, broker_away on time-out.
  Result<Record> read(std::int32_t partition, std::int64_t offset, std::uint32_t timeout_ms);
  /// Every record from `from` on and below `to`, in order, until `each` answers false. Errc::undecodable when `from` is
  /// not on the log (any more), broker_away when nothing more comes within `timeout_ms`.
  Result<void> scan(std::int32_t partition, std::int64_t from, std::int64_t to, std::uint32_t timeout_ms,
                    const std::function<bool(const Record&)>& each);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acq::kafka
