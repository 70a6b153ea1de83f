// Keeps this gateway's witness (P5): each minute every id in it that is not accounted for is looked up in MariaDB and,
// where the log has a hole, on the log; what is nowhere is named; what is balanced is marked, and removed once it is
// older than the log's retention. Owns one thread with a database connection and a log reader of its own.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "common/journal/balance.hpp"
#include "common/journal/journal.hpp"
#include "common/journal/open_segments.hpp"
#include "common/kafka/consumer.hpp"
#include "common/kafka/topic_watch.hpp"
#include "common/mariadb/connection.hpp"
#include "common/runtime/metrics.hpp"
#include "gateway/applied_intents.hpp"

namespace acq::gateway {

struct WitnessKeeperOptions {
  std::string brokers;
  std::string topic;
  mariadb::ConnectOptions database;
  std::uint32_t balance_every_ms = 60'000;
};

class WitnessKeeper {
 public:
  WitnessKeeper(WitnessKeeperOptions options, const journal::Journal& witness, const kafka::TopicWatch& topic);
  ~WitnessKeeper();  ///< stop()
  void stop();
  /// The log has lost something: balance at once, and more often while this is called again and again. Any thread.
  void hurry();

 private:
  using RawId = journal::RawId;
  /// What one balance knows of a partition.
  struct PartitionView {
    std::int64_t first = 0;
    std::int64_t end = 0;
    std::int64_t next_offset = 0;
    std::int64_t asked_at_ms = 0;
    bool gap = false;        ///< the log begins behind the cursor
    bool other_log = false;  ///< it ends before the cursor, or is another topic's: offsets mean nothing
    bool holed() const noexcept { return gap || other_log; }
  };
  using OnLog = std::map<RawId, bool>;

  void run();
  /// False when it could not be finished: the broker or the database did not answer.
  bool balance();
  bool view_partitions();
  bool view_partition(std::int32_t partition);
  /// Settles what is stored or refused; puts what is not stored and may be missing into `absent`.
  bool look_up(std::vector<RawId>& absent);
  bool look_up_batch(const std::vector<RawId>& ids, std::vector<RawId>& absent);
  std::vector<RawId> missing_of(const std::vector<RawId>& absent);
  OnLog search_log(std::int32_t partition, const PartitionView& view, const std::vector<RawId>& candidates);
  void name(const std::vector<RawId>& missing);
  void remove_old_segments();

  const WitnessKeeperOptions options_;
  const kafka::TopicWatch& topic_;
  const std::string directory_;
  journal::OpenSegments segments_;
  kafka::LogReader reader_;
  mariadb::Connection database_;
  std::map<std::int32_t, journal::LogProgress> progress_;
  std::map<std::int32_t, PartitionView> views_;
  std::set<RawId> named_;
  runtime::Gauge unaccounted_gauge_;
  runtime::Gauge unbalanced_gauge_;
  runtime::Gauge age_gauge_;
  std::int64_t balanced_at_ms_;  ///< monotonic
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool hurried_ = false;
  std::atomic<bool> cancelled_{false};
  std::thread thread_;
};

}  // namespace acq::gateway
