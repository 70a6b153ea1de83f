#include "gateway/log_watch.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::gateway {
namespace {

/// How often the producer is asked whether the log is away. It refuses by itself while it says so; an absence that it
/// reports for less than this is left to the next check.
constexpr auto look_every = std::chrono::milliseconds(200);
constexpr std::uint32_t record_timeout_ms = 3'000;

/// As df counts it: what an ordinary account may use.
std::optional<int> disk_percent(const std::string& path) {
  struct statvfs status {};
  if (path.empty() || ::statvfs(path.c_str(), &status) != 0) return std::nullopt;
  const auto used = static_cast<double>(status.f_blocks - status.f_bfree);
  const double whole = used + static_cast<double>(status.f_bavail);
  return whole <= 0 ? std::nullopt : std::optional(static_cast<int>(100.0 * used / whole));
}

runtime::Gauge partition_gauge(std::string_view name, std::string_view help, std::int32_t partition) {
  return runtime::gauge(name, help, {{"partition", std::to_string(partition)}});
}

}  // namespace

LogWatch::LogWatch(LogWatchOptions options, kafka::TopicWatch& topic)
    : options_(std::move(options)),
      topic_(topic),
      reader_(options_.brokers, options_.topic),
      database_(options_.database),
      cursor_age_gauge_(runtime::gauge("acq_log_cursor_age_seconds", "Since MariaDB last told the cursors")) {
  check();
  thread_ = std::thread([this] { run(); });
}

LogWatch::~LogWatch() {
  stop();
}

void LogWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::optional<Errc> LogWatch::closed() const noexcept {
  if (is_short_.load(std::memory_order_relaxed)) return Errc::retention_short;
  if (unchecked_.load(std::memory_order_relaxed)) return Errc::log_unavailable;
  return std::nullopt;
}

void LogWatch::run() {
  std::int64_t next_ms = runtime::steady_ms() + options_.check_every_ms;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, look_every, [this] { return stopping_; })) {
    lock.unlock();
    const bool away = options_.log_is_away();
    if (away) unchecked_.store(true, std::memory_order_relaxed);
    const bool back = !away && unchecked_.load(std::memory_order_relaxed);
    const bool due = runtime::steady_ms() >= next_ms;
    // The topic's id first: if it was made anew, nothing that the offsets say means anything.
    if ((back && topic_.check_now()) || due) {
      const std::int64_t before_ms = checked_at_ms();
      check();
      if (back && checked_at_ms() != before_ms) unchecked_.store(false, std::memory_order_relaxed);
      next_ms = runtime::steady_ms() + options_.check_every_ms;
    }
    lock.lock();
  }
}

void LogWatch::read_cursors_now() {
  auto cursors = read_cursors(database_);
  if (!cursors) return;  // the last known ones count on
  cursors_ = std::move(*cursors);
  cursors_at_ms_ = runtime::steady_ms();
}

std::optional<PartitionLog> LogWatch::read_partition(std::int32_t partition) {
  const auto bounds = reader_.bounds(partition, limits::log_end_timeout_ms);
  if (!bounds) return std::nullopt;
  read_cursors_now();
  if (cursors_at_ms_ == 0) return std::nullopt;
  PartitionLog log{partition, bounds->first, bounds->end};
  log.cursor_age_ms = runtime::steady_ms() - cursors_at_ms_;
  if (const auto cursor = cursors_.find(partition); cursor != cursors_.end()) {
    // A topic made anew: the topic guard says so, and offsets of two topics cannot be compared.
    if (cursor->second.topic_id != topic_.facts()->topic_id) return std::nullopt;
    log.next_offset = cursor->second.next_offset;
  }
  Seen& seen = seen_[partition];
  if (log.end < std::max(log.next_offset, seen.end)) {  // what was written while we asked is not a log that moved back
    const auto again = reader_.bounds(partition, limits::log_end_timeout_ms);
    if (!again) return std::nullopt;
    log.end = again->end;
  }
  if (log.next_offset >= log.end) return log;
  const std::int64_t oldest = std::max(log.next_offset, log.first);
  if (seen.unread_offset != oldest || log.end < seen.end) {
    const auto record = reader_.read(partition, oldest, record_timeout_ms);
    if (!record) return std::nullopt;
    seen.unread_offset = oldest;
    seen.unread_append_ms = record->append_ms();
  }
  log.oldest_unread_append_ms = seen.unread_append_ms;
  return log;
}

void LogWatch::check() {
  const auto facts = topic_.facts();
  const LogLimits log_limits{kafka::setting_or(*facts, "retention.ms", 0),
                             kafka::setting_or(*facts, "retention.bytes", 0), disk_percent(options_.disk_path)};
  std::vector<PartitionLog> partitions;
  lost_ = false;
  for (std::int32_t partition = 0; partition < facts->partitions; ++partition) {
    auto log = read_partition(partition);
    if (!log) continue;
    Seen& seen = seen_[partition];
    if (log->end < seen.end) {
      lost_ = true;
      runtime::log_error("log_moved_back", {{"partition", partition}, {"was", seen.end}, {"is", log->end}});
    }
    seen.end = log->end;
    partitions.push_back(*log);
  }
  if (cursors_at_ms_ != 0) {
    cursor_age_gauge_.set(static_cast<double>(runtime::steady_ms() - cursors_at_ms_) / 1000.0);
  }
  // Unreadable partitions leave the last decision standing: that the log is away is the producer's to say.
  if (partitions.size() != static_cast<std::size_t>(facts->partitions)) return;
  const auto headroom = decide_headroom(log_limits, partitions, runtime::unix_ms());
  tell(headroom);
  checked_at_ms_.store(runtime::unix_ms(), std::memory_order_relaxed);
  if (lost_ && options_.lost) options_.lost();
}

void LogWatch::tell(const Headroom& headroom) {
  for (const auto& room : headroom.partitions) {
    const auto partition = room.partition;
    partition_gauge("acq_log_unread_age_seconds", "Age of the oldest unread intent", partition)
        .set(static_cast<double>(room.unread_age_ms) / 1000.0);
    partition_gauge("acq_log_headroom_seconds", "Retention minus the age of the oldest unread intent", partition)
        .set(room.headroom_ms ? static_cast<double>(*room.headroom_ms) / 1000.0
                              : std::numeric_limits<double>::infinity());
    partition_gauge("acq_log_deleted_unread_records", "Offsets that the broker deleted before they were read",
                    partition)
        .set(room.deleted ? static_cast<double>(room.deleted->records()) : 0.0);
    Seen& seen = seen_[partition];
    if (room.deleted) {
      lost_ = true;
      if (room.deleted->to != seen.deleted_to) {
        runtime::log_error("log_deleted_unread", {{"partition", partition},
                                                  {"from_offset", room.deleted->from},
                                                  {"to_offset", room.deleted->to},
                                                  {"records", room.deleted->records()}});
      }
    }
    seen.deleted_to = room.deleted ? room.deleted->to : 0;
    if (room.moved_back) {
      lost_ = true;
      if (!seen.moved_back) runtime::log_error("log_ends_before_cursor", {{"partition", partition}});
    }
    seen.moved_back = room.moved_back;
  }
  if (is_short_.exchange(headroom.is_short(), std::memory_order_relaxed) == headroom.is_short()) return;
  if (!headroom.is_short()) runtime::log_info("log_has_headroom");
  for (const auto& reason : headroom.reasons) runtime::log_error("retention_short", {{"detail", reason}});
}

}  // namespace acq::gateway
