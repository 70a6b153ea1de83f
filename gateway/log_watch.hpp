// What the gateway checks of the log beside the producer (P10, P30): every ten seconds the headroom of each partition,
// from the broker and the last known cursor; and after the log was away, its topic id and ends before anything is
// admitted again. Owns one thread with a database connection of its own.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/kafka/consumer.hpp"
#include "common/kafka/topic_watch.hpp"
#include "common/mariadb/connection.hpp"
#include "common/runtime/metrics.hpp"
#include "gateway/applied_intents.hpp"
#include "gateway/headroom.hpp"

namespace acq::gateway {

struct LogWatchOptions {
  std::string brokers;
  std::string topic;
  std::string disk_path;  ///< where the log's disk is mounted here; empty: not known
  std::uint32_t check_every_ms = limits::topic_check_ms;
  mariadb::ConnectOptions database;
  std::function<bool()> log_is_away;  ///< the producer's word
  std::function<void()> lost;         ///< the log has lost something: called at each check while it is so
};

class LogWatch {
 public:
  /// Checks once before it returns, so that nothing is admitted unchecked.
  LogWatch(LogWatchOptions options, kafka::TopicWatch& topic);
  ~LogWatch();  ///< stop()
  void stop();

  /// Why no intent may be offered now: retention_short, or log_unavailable while a log that was away is not checked
  /// yet. Any thread, cheap.
  std::optional<Errc> closed() const noexcept;
  bool has_headroom() const noexcept { return !is_short_.load(std::memory_order_relaxed); }
  /// When headroom was last computed from an answer of the broker.
  std::int64_t checked_at_ms() const noexcept { return checked_at_ms_.load(std::memory_order_relaxed); }

 private:
  struct Seen {  ///< of one partition, from one check to the next
    std::int64_t next_offset = 0;
    std::int64_t unread_offset = -1;
    std::int64_t unread_append_ms = 0;
    std::int64_t end = 0;
    std::int64_t deleted_to = 0;
    bool moved_back = false;
  };
  void run();
  void check();
  void read_cursors_now();
  std::optional<PartitionLog> read_partition(std::int32_t partition);
  void tell(const Headroom& headroom);

  const LogWatchOptions options_;
  kafka::TopicWatch& topic_;
  kafka::LogReader reader_;
  mariadb::Connection database_;
  runtime::Gauge cursor_age_gauge_;
  std::map<std::int32_t, Seen> seen_;
  std::map<std::int32_t, PartitionCursor> cursors_;
  std::int64_t cursors_at_ms_ = 0;  ///< monotonic; 0: never
  bool lost_ = false;
  std::atomic<bool> is_short_{false};
  std::atomic<bool> unchecked_{false};
  std::atomic<std::int64_t> checked_at_ms_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace acq::gateway
