// All SQL about refunds, their numbers and gates (P14). Refunds are few: what is due is read from the table, no head is
// kept.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "common/mariadb/connection.hpp"
#include "settlement/writer/plan.hpp"

namespace acq::settlement {

class RefundStore {
 public:
  explicit RefundStore(mariadb::Connection& connection) : connection_(connection) {}

  Result<std::vector<Refund>> load(std::span<const RefundId> ids);
  Result<std::vector<Refund>> load_of_payments(std::span<const PaymentId> payments);
  Result<std::unordered_map<KeyHash, RefundKeyRow, HashOfKey>> load_keys(std::span<const KeyHash> hashes);
  /// Of these refunds, those that have a row in refund_aliases.
  Result<std::vector<RefundId>> load_aliases(std::span<const RefundId> ids);
  /// Refunds that are held for these payments. Asks nothing while none is held anywhere.
  Result<std::vector<HeldRefund>> load_held(std::span<const PaymentId> payments);
  /// Whether any is held is asked again: another owner may have held one.
  void forget_held() { any_held_.reset(); }
  Result<std::vector<RefundGate>> load_gates(std::span<const AttemptKey> attempts);
  /// Earliest first.
  Result<std::vector<Refund>> load_due(std::int32_t partition, std::int64_t now_ms, std::size_t limit);

  // Inside the batch processor's transaction only.
  Result<void> insert(std::span<const Refund> refunds);
  Result<void> update(std::span<const Refund> refunds);
  Result<void> put_gates(std::span<const RefundGate> gates);
  /// Errc::database_rule, and number_was_taken(), when a number has come into other hands since load_keys: numbers
  /// cross partitions, so another writer may be faster. Then the batch is loaded and decided anew (P11).
  Result<void> insert_keys(std::span<const NewRefundKey> keys);
  bool number_was_taken() const noexcept { return number_was_taken_; }
  Result<void> insert_aliases(std::int32_t partition, std::span<const RefundAlias> aliases, std::int64_t now_ms);
  Result<void> insert_held(std::span<const HeldRefund> held);
  Result<void> delete_held(std::span<const RefundId> released);
  /// payments.refunded_amount, of those that have any.
  Result<void> update_refunded(std::span<const Payment> payments);

 private:
  mariadb::Connection& connection_;
  std::optional<bool> any_held_;
  bool number_was_taken_ = false;
};

}  // namespace acq::settlement
