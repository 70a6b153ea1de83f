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
      runtime::counter("acq_settlement_partitions_stopped_total", "Partitions stopped by an incident");
  runtime::LatencyHistogram batch_seconds =
      runtime::latency_histogram("acq_settlement_batch_seconds", "From load to commit");
};

inline WorkerMetrics& metrics() {
  static WorkerMetrics all;
  return all;
}

}  // namespace acq::settlement
