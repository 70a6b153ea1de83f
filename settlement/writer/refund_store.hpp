// All SQL about refunds and their gates (P14). Refunds are few: what is due is read from the table, no head is kept.
#pragma once
#include <map>
#include <span>
#include <vector>

#include "common/mariadb/connection.hpp"
#include "settlement/writer/plan.hpp"

namespace acq::settlement {

class RefundStore {
 public:
  explicit RefundStore(mariadb::Connection& connection) : connection_(connection) {}

  Result<std::vector<Refund>> load(std::span<const RefundId> ids);
  Result<std::vector<RefundGate>> load_gates(std::span<const AttemptKey> attempts);
  /// Earliest first.
  Result<std::vector<Refund>> load_due(std::int32_t partition, std::int64_t now_ms, std::size_t limit);

  // Inside the batch processor's transaction only.
  Result<void> insert(std::span<const Refund> refunds);
  Result<void> update(std::span<const Refund> refunds);
  Result<void> put_gates(std::span<const RefundGate> gates);

 private:
  mariadb::Connection& connection_;
};

}  // namespace acq::settlement
