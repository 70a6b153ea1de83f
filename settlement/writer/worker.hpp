// The worker: polls the log, gathers records and outcomes, hands each partition's share to the batch processor, then
// hands on what was committed: to the cache, the runner and the head. One thread owns everything here.
#pragma once
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "common/kafka/consumer.hpp"
#include "common/kafka/topic_guard.hpp"
#include "settlement/effects/job_runner.hpp"
#include "settlement/effects/outcome_inbox.hpp"
#include "settlement/effects/state_cache.hpp"
#include "settlement/writer/batch_processor.hpp"

namespace acq::settlement {

struct WorkerOptions {
  std::string name;
  kafka::ConsumerOptions log;
  kafka::TopicFacts topic;
  ChannelTimes channel;
};

class Worker {
 public:
  Worker(WorkerOptions options, mariadb::ConnectOptions database, SecretStore& secrets, JobRunner& runner,
         StateCache& cache, OutcomeInbox& inbox);
  ~Worker();  ///< stop()

  void start();
  /// Leaves the group after the batch in hand; ends the leases. Blocking.
  void stop();
  /// Milliseconds since the loop last came round: a stuck worker is seen by its age. Any thread.
  std::int64_t idle_ms() const noexcept;
  std::size_t partitions_owned() const noexcept { return owned_count_; }
  /// Given to us by the group and not worked on: stopped by an incident, or another owner's lease still runs. Any
  /// thread.
  std::size_t partitions_waiting() const noexcept { return waiting_count_; }
  /// Since when the longest of them waits without an incident; 0: none. Any thread.
  std::int64_t unowned_ms() const noexcept;

 private:
  struct Partition {
    Cursor cursor;
    Head head;
    std::shared_ptr<Lease> lease;
    std::vector<kafka::Record> records;  ///< in hand, contiguous from the cursor's next offset
    std::vector<Outcome> outcomes;
    std::optional<Incident> gap;       ///< met behind what is in hand
    std::int64_t channel_from_ms = 0;  ///< taken-over items wait for the old owner's calls to end (P19)
    std::int64_t renewed_steady_ms = 0;
    std::int64_t open_items_read_ms = 0;
    std::optional<PaymentStore::DuePosition> due_pass;  ///< a reading of open_items that has not come to its end
    std::unordered_set<RefundId> refunds_under_way;
    std::int64_t log_checked_ms = 0;  ///< steady; P10
  };
  /// Given to us by the group, and not ours to write.
  struct Unowned {
    std::int64_t since_steady_ms = 0;
    std::int64_t next_try_steady_ms = 0;
    bool stopped = false;  ///< by an incident
  };

  void run();
  void gather();
  void step(Partition& partition);
  /// True when the batch is committed (or its culprit parked); false when the partition is ours no more, or we stop.
  bool commit(Partition& partition, std::span<const kafka::Record> records, std::span<const Outcome> outcomes);
  bool halve(Partition& partition, std::span<const kafka::Record> records, std::span<const Outcome> outcomes,
             const Failure& why);
  void after_commit(Partition& partition, Committed committed, std::int64_t began_steady_ms);
  void dispatch_due(Partition& partition);
  void dispatch_refunds(Partition& partition);
  /// An item that has its row and is due much later leaves the head: its row brings it back (P17).
  void let_go(Partition& partition, const PaymentId& id, std::int64_t now);

  // Ownership.
  std::vector<kafka::Position> assigned(std::span<const std::int32_t> partitions);
  void revoked(std::span<const std::int32_t> partitions, bool lost);
  Result<std::unique_ptr<Partition>> take_over(std::int32_t number);
  Result<void> load_head(Partition& partition);
  Result<void> read_open_items(Partition& partition);
  /// What the log says against what the cursor says (P10): nothing, or why this partition must stop.
  Result<std::optional<Incident>> check_log(const Cursor& cursor, std::uint32_t timeout_ms);
  /// Each minute, and after a broker was lost. False when the partition was stopped.
  bool still_the_same_log(Partition& partition);
  /// What the group gave us and we do not own: taken as soon as its incident is resolved or the other's lease is over.
  void claim_unowned();
  /// Reads on from where the owned partitions stand.
  void restart_reading();
  void count_partitions();
  void stop_partition(std::int32_t number, Incident incident);
  bool reload_after_lost_ownership(Partition& partition);

  std::int64_t now_ms() const;  ///< the database's clock
  Result<void> measure_clock();
  void wait(std::uint32_t ms);

  const WorkerOptions options_;
  mariadb::Connection connection_;
  SecretStore& secrets_;
  JobRunner& runner_;
  StateCache& cache_;
  OutcomeInbox& inbox_;
  BatchProcessor processor_;
  kafka::LogReader log_reader_;
  std::unique_ptr<kafka::Consumer> consumer_;
  std::map<std::int32_t, std::unique_ptr<Partition>> partitions_;
  std::map<std::int32_t, Unowned> unowned_;
  std::vector<std::int32_t> to_stop_;   ///< met out_of_range inside poll(); stopped after it
  std::int64_t log_away_until_ms_ = 0;  ///< steady: the broker did not answer a check, none is made before
  std::int64_t clock_offset_ms_ = 0;    ///< database clock - monotonic clock
  std::int64_t clock_measured_ms_ = 0;

  std::atomic<bool> stopping_{false};
  std::atomic<std::int64_t> last_round_ms_{0};
  std::atomic<std::size_t> owned_count_{0};
  std::atomic<std::size_t> waiting_count_{0};
  std::atomic<std::int64_t> unowned_since_ms_{0};  ///< steady; 0: none
  std::mutex wait_mutex_;
  std::condition_variable wait_;
  std::thread thread_;
};

}  // namespace acq::settlement
