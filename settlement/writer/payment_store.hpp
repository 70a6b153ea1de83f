// All SQL about payments, their keys, attempts, aliases, verdicts, open items, dead letters and incidents. Bulk where
// rows are many; refunds have refund_store.
// Reads may be called outside a transaction; writes only inside the batch processor's.
#pragma once
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "common/kafka/topic_identity.hpp"
#include "common/mariadb/connection.hpp"
#include "settlement/writer/plan.hpp"

namespace acq::settlement {

class PaymentStore {
 public:
  explicit PaymentStore(mariadb::Connection& connection) : connection_(connection) {}

  /// Keys of any period. Which periods there are is read each time: another owner may have begun one, and a rolled back
  /// batch has not, so whoever remembers them forgets a number and charges it twice (P11).
  Result<std::unordered_map<KeyHash, KeyRow, HashOfKey>> load_keys(std::span<const KeyHash> hashes);
  Result<std::vector<Payment>> load_payments(std::span<const PaymentId> ids);
  /// Of a partition, at or above the watermark, still owed something and without a row in open_items; in order of the
  /// log.
  Result<std::vector<Payment>> load_above(std::int32_t partition, std::int64_t watermark, std::int64_t from_offset,
                                          std::size_t limit);
  /// Payments with a row in open_items that is due, behind `after`; earliest first.
  struct DuePosition {
    std::int64_t due_at_ms = 0;
    PaymentId payment_id;
  };
  struct DuePage {
    std::vector<Payment> payments;
    DuePosition last;  ///< read on from here
  };
  Result<DuePage> load_due(std::int32_t partition, std::int64_t now_ms, const DuePosition& after, std::size_t limit);
  /// Attempts of these payments that are held. Asks nothing while none is held anywhere.
  Result<std::vector<HeldAttempt>> load_held(std::span<const PaymentId> ids);
  /// Whether any is held is asked again: another owner may have held one.
  void forget_held() { any_held_.reset(); }
  /// Of these intents, those that have a row in intent_verdicts.
  Result<std::vector<IntentId>> load_verdicts(std::span<const IntentId> ids);

  Result<void> insert_payments(std::span<const Payment> payments);
  Result<void> update_payments(std::span<const Payment> payments);
  /// What a next attempt changes beside what update_payments writes.
  Result<void> begin_attempts(std::span<const Payment> payments);
  Result<void> insert_ended_attempts(std::span<const Payment> payments);
  /// The close columns, of those that have a close.
  Result<void> update_closes(std::span<const Payment> payments);
  Result<void> insert_held(std::span<const HeldAttempt> held);
  Result<void> ask_held_to_close(std::span<const AttemptKey> held);
  Result<void> delete_held(std::span<const AttemptKey> released);
  Result<void> settle_verdicts(std::span<const Verdict> verdicts);
  Result<void> insert_keys(std::span<const NewKey> keys);
  /// A held close's key becomes its payment's (P12).
  Result<void> take_keys(std::span<const NewKey> keys);
  Result<void> insert_verdicts(std::int32_t partition, std::span<const Verdict> verdicts, std::int64_t now_ms);
  Result<void> insert_aliases(std::int32_t partition, std::span<const Alias> aliases, std::int64_t now_ms);
  Result<void> upsert_open_items(std::span<const Payment> payments);
  Result<void> delete_open_items(std::span<const PaymentId> ids);
  Result<void> insert_dead_letters(const kafka::TopicId& topic, std::int32_t partition,
                                   std::span<const DeadLetter> letters, std::int64_t now_ms);
  /// Returns the new row's id. An incident of the same kind about the same payment that is not resolved yet is not told
  /// twice: its id.
  Result<std::int64_t> insert_incident(std::int32_t partition, const Incident& incident, std::int64_t now_ms);

 private:
  Result<std::vector<Payment>> with_earlier_attempts(Result<std::vector<Payment>> payments);

  mariadb::Connection& connection_;
  std::optional<bool> any_held_;
  std::vector<std::int64_t> periods_;  ///< as load_keys last read them; insert_keys writes the rows that lack
};

/// When the item needs attention next: its query or its callback, whichever comes first. Unix ms; 0: nothing owed.
std::int64_t due_at_ms(const Payment& payment);

}  // namespace acq::settlement
