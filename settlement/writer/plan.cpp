#include "settlement/writer/plan.hpp"

#include <chrono>

#include "settlement/writer/planner.hpp"

namespace acq::settlement {

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

Plan Planner::take() {
  release_refunds();
  for (const auto& [id, index] : updated_) plan_.updates[index] = known_.payments.at(id);
  return std::move(plan_);
}

void Planner::incident(std::string kind, const Payment& payment, std::string detail) {
  plan_.incidents.push_back({std::move(kind), payment.payment_id, std::nullopt, std::nullopt,
                             "payment is " + std::string(name_of(payment.state)) + "; " + detail});
}

void Planner::changed(const Payment& payment) {
  if (const auto mine = inserted_.find(payment.payment_id); mine != inserted_.end()) {
    plan_.inserts[mine->second] = payment;
    return;
  }
  if (updated_.try_emplace(payment.payment_id, plan_.updates.size()).second) plan_.updates.push_back(payment);
}

void Planner::put_gate(const RefundGate& gate) {
  known_.gates[{gate.payment_id, gate.attempt}] = gate;
  for (auto& planned : plan_.gates) {
    if (planned.payment_id == gate.payment_id && planned.attempt == gate.attempt) {
      planned = gate;
      return;
    }
  }
  plan_.gates.push_back(gate);
}

}  // namespace acq::settlement
