// The worker's series on the admin port.
#pragma once
#include "common/runtime/metrics.hpp"

namespace acq::settlement {

struct WorkerMetrics {
  runtime::Counter batches = runtime::counter("acq_settlement_batches_total", "Transactions committed");
  runtime::Counter intents = runtime::counter("acq_settlement_intents_total", "Log records applied or parked");
  runtime::Counter dead_letters = runtime::counter("acq_settlement_dead_letters_total", "Log records parked");
  runtime::Counter database_waits =
      runtime::counter("acq_settlement_database_waits_total", "Times a batch waited for MariaDB");
  runtime::Counter stopped =
      runtime::counter("acq_settlement_partition_stops_total", "Times that a partition was stopped by an incident");
  runtime::Gauge partitions_owned = runtime::gauge("acq_settlement_partitions_owned", "Partitions that we write");
  runtime::Gauge partitions_stopped =
      runtime::gauge("acq_settlement_partitions_stopped", "Partitions of ours that an incident stops");
  runtime::Gauge partitions_waiting = runtime::gauge("acq_settlement_partitions_waiting",
                                                     "Partitions of ours that wait for another owner's lease to end");
  runtime::LatencyHistogram batch_seconds =
      runtime::latency_histogram("acq_settlement_batch_seconds", "From load to commit");
};

inline WorkerMetrics& metrics() {
  static WorkerMetrics all;
  return all;
}

}  // namespace acq::settlement
