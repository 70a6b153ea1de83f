// The other side of the comparison: the statements that a worker sends for its batches, played from memory. Everything
// but the database is done beforehand, by the product's own plan_batch(); the SQL is the product's own too.
#pragma once
#include <vector>

#include "settlement/writer/cursor.hpp"
#include "settlement/writer/payment_store.hpp"
#include "tests/bench/intents.hpp"
#include "tests/bench/phases.hpp"

namespace acq::bench {

struct PreparedBatch {
  std::int32_t partition = 0;
  std::int64_t records = 0;
  std::vector<settlement::KeyHash> hashes;
  settlement::Plan plan;
};

/// What the writer would have planned for batches of these sizes over these payments.
std::vector<PreparedBatch> prepare(const std::vector<BatchSize>& sizes, const ByPartition& payments);
/// Both partitions in turn: batches of `records` new payments and the outcomes of the batch before.
std::vector<BatchSize> even_sizes(const ByPartition& payments, std::size_t records);

/// One connection and both cursors, as a worker has them.
class LoopSide {
 public:
  explicit LoopSide(mariadb::ConnectOptions database);
  void play(const PreparedBatch& batch);
  settlement::PaymentStore& store() { return store_; }
  mariadb::Connection& connection() { return connection_; }

 private:
  mariadb::Connection connection_;
  settlement::PaymentStore store_;
  std::array<settlement::Cursor, partitions> cursors_;
};

}  // namespace acq::bench
