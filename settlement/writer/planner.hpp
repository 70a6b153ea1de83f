// The planner behind plan_batch(): log records in planner_intents.cpp, outcomes in planner_outcomes.cpp, all about
// refunds in planner_refunds.cpp. One per batch.
#pragma once
#include <unordered_map>

#include "settlement/writer/plan.hpp"

namespace acq::settlement {

class Planner {
 public:
  Planner(std::int32_t partition, Known& known, const PlanTimes& times, double (*random)())
      : partition_(partition), known_(known), times_(times), random_(random) {}

  void apply(const LogIntent& record);
  void apply(const Outcome& outcome);
  Plan take();

 private:
  // Log records.
  void first_attempt(const LogIntent& record, const PaymentRequested& intent);
  void later_attempt(const LogIntent& record, const PaymentRequested& intent);
  void close(const LogIntent& record, const CloseRequested& intent);
  void notified(const LogIntent& record, const ChannelNotified& intent);
  /// P20: late on the log, or long on its way there: somebody may have sent it, and the payer may have gone.
  Input requested_at(const LogIntent& record, const PaymentRequested& intent) const;
  void insert(const LogIntent& record, const PaymentRequested& intent, Input input, std::string_view refusal = {});
  void begin_attempt(const PaymentRequested& intent, Payment& payment, Input input);
  /// The attempt before it has not ended, as far as this database knows.
  void hold(const LogIntent& record, const PaymentRequested& intent);
  /// An attempt has ended: what waited for that begins, or is refused.
  void release_held(Payment& payment);
  void add_key(const LogIntent& record, const PaymentId& id, const Fingerprint& fingerprint);
  void verdict(const IntentId& intent, std::string_view kind, std::optional<PaymentId> payment, std::int64_t offset,
               std::string_view verdict, std::string_view code = {});
  void park(const LogIntent& record, std::string code, std::string reason);
  /// The same intent again makes no new effect (P11); an open payment is asked about now instead of at its time.
  void nudge(const PaymentId& id);

  // Refunds.
  void refund(const LogIntent& record, const RefundRequested& intent);
  /// Its payment is not known, or not known to have ended (P11).
  void hold(const LogIntent& record, const RefundRequested& intent);
  /// Once its payment has ended: held ones are decided in the order of the log.
  void release_refunds(const Payment& payment);
  void release_refunds();
  /// Returns the code of a refusal; empty: it passed, or the channel is asked first.
  std::string_view decide(const LogIntent& record, const RefundRequested& intent, const Payment& payment);
  void refuse(Refund refund, std::string_view code);
  /// Merchants' refunds of the attempt that are outside the gate and may have been given back: their sum.
  std::int64_t asked_about(const RefundGate& gate) const;
  /// Whether it would have fitted when it was appended: what has failed since then, or is asked about
  /// first itself, counts as given (P20).
  bool fitted(const LogIntent& record, const RefundRequested& intent, const RefundGate& gate) const;
  RefundGate gate_of(const Payment& payment) const;
  void put(const Refund& refund);
  void ended(const Refund& refund);
  void give_back(const Payment& payment, std::int32_t attempt);
  void apply(const RefundAnswer& answer);

  // Outcomes.
  void apply(Payment& payment, const ChannelAnswer& answer);
  void apply(Payment& payment, const CallbackAnswer& answer);
  void apply(Payment& payment, const JobDropped& dropped);
  void about_earlier_attempt(const Payment& payment, const ChannelAnswer& answer);

  void incident(std::string kind, const Payment& payment, std::string detail);
  void changed(const Payment& payment);
  void put_gate(const RefundGate& gate);

  const std::int32_t partition_;
  Known& known_;
  const PlanTimes& times_;
  double (*random_)();
  Plan plan_;
  std::unordered_map<PaymentId, std::size_t> inserted_;
  std::unordered_map<PaymentId, std::size_t> updated_;
  std::unordered_map<RefundId, std::size_t> new_refunds_;
};

}  // namespace acq::settlement
