#include "settlement/writer/plan.hpp"

#include <algorithm>
#include <chrono>

#include "common/limits.hpp"

namespace acq::settlement {
namespace {

class Planner {
 public:
  Planner(std::int32_t partition, Known& known, const PlanTimes& times, double (*random)())
      : partition_(partition), known_(known), times_(times), random_(random) {}

  void apply(const LogIntent& record) {
    const auto& intent = record.intent;
    const auto key = known_.keys.find(record.key);
    if (key == known_.keys.end()) return begin(record);
    if (key->second.payment_id == intent.payment_id) return;  // the same intent again: its verdict stands (P11)
    if (key->second.fingerprint == intent.fingerprint) {
      plan_.aliases.push_back({intent.payment_id, key->second.payment_id, record.log_offset});
      return;
    }
    if (known_.payments.contains(intent.payment_id)) return;  // refused before, and again
    insert(record, Input::number_taken);
  }

  void apply(const Outcome& outcome) {
    const auto found = known_.payments.find(payment_of(outcome));
    if (found == known_.payments.end()) return;  // not ours any more: its new owner asks for itself
    std::visit([&](const auto& one) { apply(found->second, one); }, outcome);
  }

  Plan take() {
    for (const auto& [id, index] : updated_) plan_.updates[index] = known_.payments.at(id);
    return std::move(plan_);
  }

 private:
  void begin(const LogIntent& record) {
    const KeyRow row{record.intent.payment_id, record.intent.fingerprint};
    plan_.keys.push_back({record.key, period_of(record.append_ms), row});
    known_.keys.emplace(record.key, row);
    // P20: late on the log, or long on its way there: somebody may have sent it, and the payer may have gone.
    const bool stale = times_.now_ms - record.append_ms > limits::stale_after_ms ||
                       record.append_ms - record.intent.accepted_at_ms > limits::stale_after_ms ||
                       times_.now_ms > record.intent.expires_at_ms;
    insert(record, stale ? Input::requested_stale : Input::requested);
  }

  void insert(const LogIntent& record, Input input) {
    const Payment fresh = payment_from(record.intent, partition_, record.log_offset);
    auto change = transition(fresh, input, nullptr, times_.now_ms, random_());
    if (change.effect != Effect::none) plan_.effects.push_back({fresh.payment_id, change.effect});
    inserted_.emplace(fresh.payment_id, plan_.inserts.size());
    plan_.inserts.push_back(change.next);
    known_.payments.insert_or_assign(fresh.payment_id, std::move(change.next));
  }

  void apply(Payment& payment, const ChannelAnswer& answer) {
    if (answer.attempt != payment.attempt) return;
    const Input input = classify(payment, answer, times_.now_ms, times_.channel);
    auto change = transition(payment, input, &answer, times_.now_ms, random_());
    if (change.change == Change::contradicts) {
      incident("contradiction", payment, "the channel says " + std::string(name_of(input)));
      return;
    }
    if (answer.verdict == ChannelVerdict::mismatched)
      incident("mismatch", payment, "P23: the answer is about another charge");
    if (change.change == Change::nothing) return;
    if (change.effect != Effect::none) plan_.effects.push_back({payment.payment_id, change.effect});
    payment = std::move(change.next);
    changed(payment);
  }

  void apply(Payment& payment, const CallbackAnswer& answer) {
    payment = apply_callback(payment, answer, times_.now_ms, random_());
    changed(payment);
  }

  /// No byte left: a charge is asked about before it is sent again (P18); a query or callback simply comes due again.
  void apply(Payment& payment, const JobDropped&) {
    if (!is_final(payment.state)) plan_.effects.push_back({payment.payment_id, Effect::query_now});
  }

  void incident(std::string kind, const Payment& payment, std::string detail) {
    plan_.incidents.push_back({std::move(kind), payment.payment_id, std::nullopt, std::nullopt,
                               "payment is " + std::string(name_of(payment.state)) + "; " + detail});
  }

  void changed(const Payment& payment) {
    if (const auto mine = inserted_.find(payment.payment_id); mine != inserted_.end()) {
      plan_.inserts[mine->second] = payment;
      return;
    }
    if (updated_.try_emplace(payment.payment_id, plan_.updates.size()).second) plan_.updates.push_back(payment);
  }

  const std::int32_t partition_;
  Known& known_;
  const PlanTimes& times_;
  double (*random_)();
  Plan plan_;
  std::unordered_map<PaymentId, std::size_t> inserted_;
  std::unordered_map<PaymentId, std::size_t> updated_;
};

}  // namespace

std::int32_t period_of(std::int64_t unix_ms) noexcept {
  using namespace std::chrono;
  const year_month_day day{floor<days>(sys_time<milliseconds>{milliseconds{unix_ms}})};
  return static_cast<int>(day.year()) * 100 + static_cast<std::int32_t>(static_cast<unsigned>(day.month()));
}

Plan plan_batch(std::int32_t partition, std::span<const LogIntent> intents, std::span<const Outcome> outcomes,
                Known& known, const PlanTimes& times, double (*random)()) {
  Planner planner(partition, known, times, random);
  for (const auto& record : intents) planner.apply(record);
  for (const auto& outcome : outcomes) planner.apply(outcome);
  return planner.take();
}

}  // namespace acq::settlement
