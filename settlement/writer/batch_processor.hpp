// One batch of one partition: decode, load, plan, and one transaction { payments, keys, attempts, verdicts, refunds,
// open items, dead letters, incidents, cursor }. The only writer of payments. Runs on the worker's thread.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "common/kafka/consumer.hpp"
#include "settlement/writer/cursor.hpp"
#include "settlement/writer/head.hpp"
#include "settlement/writer/payment_store.hpp"
#include "settlement/writer/plan.hpp"
#include "settlement/writer/refund_store.hpp"

namespace acq::settlement {

struct Batch {
  std::span<const kafka::Record> records;  ///< contiguous, from the cursor's next offset
  std::span<const Outcome> outcomes;
};

/// What was committed, for the steps after it.
struct Committed {
  Cursor cursor;
  std::vector<Payment> changed;        ///< newest versions, new ones first
  std::size_t inserted = 0;            ///< how many of them are new
  std::vector<PaymentId> moved_on;     ///< items of the head that have their row now
  std::vector<PaymentId> stored_only;  ///< the head was full: these wait in open_items (P17)
  std::vector<PlannedEffect> effects;
  std::vector<std::pair<Refund, RefundStep>> refund_steps;
  std::size_t records = 0;
  std::size_t dead_letters = 0;
};

class BatchProcessor {
 public:
  struct Rules {
    std::int32_t partitions = 1;  ///< of the topic
    ChannelTimes channel;
    std::function<bool(const MerchantId&)> knows_merchant;
  };

  BatchProcessor(mariadb::Connection& connection, Rules rules)
      : connection_(connection), store_(connection), refunds_(connection), rules_(std::move(rules)) {}

  /// `now_ms`: the database's clock. Errors: database_away (nothing is known to have happened: call again with the same
  /// batch after read_cursor), database_rule (the data of one input is at fault: halve), ownership_lost. No effect on
  /// `head`. With an empty batch it renews the lease and writes what `head` owes to open_items.
  Result<Committed> process(const Cursor& cursor, Head& head, const Batch& batch, std::int64_t now_ms);

  /// The same for a batch whose single record is the culprit of a database_rule: it is parked with that reason.
  Result<Committed> park(const Cursor& cursor, Head& head, const kafka::Record& record, const Failure& why,
                         std::int64_t now_ms);

  PaymentStore& store() { return store_; }
  RefundStore& refunds() { return refunds_; }

 private:
  struct Decoded {
    std::vector<LogIntent> intents;
    std::vector<DeadLetter> dead_letters;
  };
  Decoded decode(std::int32_t partition, std::span<const kafka::Record> records) const;
  /// Why a decoded record cannot be applied here: a dead letter's code and reason.
  std::optional<std::pair<std::string_view, std::string>> misplaced(std::int32_t partition, const Intent& intent,
                                                                    std::string_view key) const;
  Result<Known> load(const Decoded& decoded, std::span<const Outcome> outcomes, Head& head);
  Result<void> load_payments(const Decoded& decoded, std::span<const Outcome> outcomes, Head& head, Known& known);
  Result<void> load_held(const Decoded& decoded, std::span<const Outcome> outcomes, Known& known);
  Result<void> load_asked_refunds(const Decoded& decoded, Known& known);
  Result<void> load_held_refunds(const Decoded& decoded, std::span<const Outcome> outcomes, Known& known);
  Result<void> take_refunds(Result<std::vector<Refund>> refunds, std::vector<AttemptKey> attempts, Known& known);
  Result<void> load_refunds(const Decoded& decoded, std::span<const Outcome> outcomes, Known& known);
  Result<Committed> plan_and_write(const Cursor& cursor, Head& head, const Decoded& decoded, const Batch& batch,
                                   std::int64_t now_ms);
  Result<Committed> write(const Cursor& cursor, Head& head, const Decoded& decoded, Plan plan,
                          std::span<const kafka::Record> records, std::int64_t now_ms);
  /// The rows of open_items that a batch writes and deletes.
  struct OpenRows {
    std::vector<Payment> put;
    std::vector<PaymentId> ended;
    std::vector<PaymentId> moved_on;  ///< of put: without a row until now, and the head has them
  };
  static OpenRows open_rows(const Plan& plan, Head& head, std::vector<PaymentId>& stored_only, std::int64_t now_ms);
  Result<void> write_rows(const Cursor& cursor, const Cursor& to, const Plan& plan, const OpenRows& rows,
                          std::span<const DeadLetter> letters, std::int64_t now_ms);

  mariadb::Connection& connection_;
  PaymentStore store_;
  RefundStore refunds_;
  Rules rules_;
};

}  // namespace acq::settlement
