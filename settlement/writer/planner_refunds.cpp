// What merchants ask back, what a success that came too late sets off (P13), and what the channel says of both. The
// gate of an attempt is one row, changed here only (P14).
#include <algorithm>

#include "common/limits.hpp"
#include "settlement/writer/planner.hpp"

namespace acq::settlement {
namespace {
constexpr std::string_view kind = "refund";
}

void Planner::refund(const LogIntent& record, const RefundRequested& intent) {
  if (known_.refunds.contains(intent.refund_id) || known_.verdicts.contains(intent.intent_id)) return;
  const auto found = known_.payments.find(intent.payment_id);
  if (found != known_.payments.end()) release_refunds(found->second);  // what was held came before this one
  const auto key = known_.refund_keys.find(record.key);
  if (key != known_.refund_keys.end() && key->second.refund_id != intent.refund_id) {
    if (key->second.fingerprint == intent.fingerprint) {
      plan_.refund_aliases.push_back({intent.refund_id, key->second.refund_id, record.log_offset});
      known_.verdicts.insert(intent.intent_id);
      return;
    }
    const auto attempt = found == known_.payments.end() ? 1 : found->second.attempt;
    return refuse(refund_from(intent, attempt, partition_, record.log_offset, times_.now_ms), refund_fields_differ);
  }
  if (key == known_.refund_keys.end()) {
    const RefundKeyRow row{intent.refund_id, intent.fingerprint};
    plan_.refund_keys.push_back({record.key, row});
    known_.refund_keys.emplace(record.key, row);
  }
  // The gateway offers it only after it read that the payment had succeeded (P8): a database that does not know that
  // was rebuilt from the log, and hears of it again from the channel.
  if (found == known_.payments.end() || !is_final(found->second.state)) return hold(record, intent);
  decide(record, intent, found->second);
}

void Planner::hold(const LogIntent& record, const RefundRequested& intent) {
  plan_.held_refunds.push_back({intent.refund_id, intent.payment_id, record.log_offset, record.append_ms, {}});
  known_.held_refunds[intent.payment_id].insert_or_assign(record.log_offset, record);
  verdict(intent.intent_id, kind, intent.payment_id, record.log_offset, "held");
}

void Planner::release_refunds() {
  std::vector<PaymentId> waited_for;  // known_.held_refunds changes under the loop
  for (const auto& [payment, held] : known_.held_refunds) waited_for.push_back(payment);
  for (const auto& id : waited_for) {
    if (const auto found = known_.payments.find(id); found != known_.payments.end()) release_refunds(found->second);
  }
}

void Planner::release_refunds(const Payment& payment) {
  const auto waiting = known_.held_refunds.find(payment.payment_id);
  if (waiting == known_.held_refunds.end() || !is_final(payment.state)) return;
  const auto held = std::move(waiting->second);
  known_.held_refunds.erase(waiting);
  for (const auto& [offset, record] : held) {
    const auto& intent = std::get<RefundRequested>(record.intent);
    plan_.released_refunds.push_back(intent.refund_id);
    const auto code = decide(record, intent, payment);
    plan_.settled_verdicts.push_back(
        {intent.intent_id, kind, payment.payment_id, record.log_offset, code.empty() ? "applied" : "refused", code});
  }
}

std::string_view Planner::decide(const LogIntent& record, const RefundRequested& intent, const Payment& payment) {
  RefundGate gate = gate_of(payment);
  Refund refund = refund_from(intent, payment.attempt, partition_, record.log_offset, times_.now_ms);
  if (const auto why = refund_refused(payment, gate, intent)) {
    refuse(std::move(refund), *why);
    return *why;
  }
  const bool stale = is_stale(intent, record.append_ms, times_.now_ms);
  if (stale && intent.amount <= gate.captured && !fitted(record, intent, gate)) {
    plan_.refund_steps.emplace_back(refund.refund_id, ask_first(refund, times_.now_ms));
    put(refund);
    return {};
  }
  // What is read again was let in before; something new must leave room for those that are still asked about.
  if (intent.amount > gate.left() - (stale ? 0 : asked_about(gate))) {
    refuse(std::move(refund), refund_exceeds);
    return refund_exceeds;
  }
  plan_.refund_steps.emplace_back(refund.refund_id, let_in(refund, gate, stale, times_.now_ms));
  put_gate(gate);
  put(refund);
  return {};
}

std::int64_t Planner::asked_about(const RefundGate& gate) const {
  std::int64_t sum = 0;
  for (const auto& [id, other] : known_.refunds) {
    const bool outside = other.payment_id == gate.payment_id && other.attempt == gate.attempt &&
                         other.origin == RefundOrigin::merchant && !other.in_gate && !other.has_ended();
    if (outside) sum += other.amount;
  }
  return sum;
}

bool Planner::fitted(const LogIntent& record, const RefundRequested& intent, const RefundGate& gate) const {
  std::int64_t left = gate.left();
  for (const auto& [id, other] : known_.refunds) {
    const bool before = other.payment_id == intent.payment_id && other.attempt == gate.attempt &&
                        other.origin == RefundOrigin::merchant && other.log_offset < record.log_offset;
    const bool failed_since =
        other.in_gate && other.state == RefundState::failed && other.updated_at_ms > record.append_ms;
    const bool asked_about = !other.in_gate && !other.has_ended();
    if (before && (failed_since || asked_about)) left -= other.amount;
  }
  return intent.amount <= left;
}

void Planner::refuse(Refund refund, std::string_view code) {
  refund.state = RefundState::failed;
  refund.code = code;
  put(refund);
  ended(refund);
}

RefundGate Planner::gate_of(const Payment& payment) const {
  const auto gate = known_.gates.find({payment.payment_id, payment.attempt});
  return gate == known_.gates.end() ? RefundGate{payment.payment_id, payment.attempt, payment.amount, 0, 0, 0}
                                    : gate->second;
}

/// P13: against the attempt's own gate, once, whoever tells of it and however often.
void Planner::give_back(const Payment& payment, std::int32_t attempt) {
  const Refund refund = automatic_refund(payment, attempt, times_.now_ms);
  if (known_.refunds.contains(refund.refund_id)) return;
  put_gate({payment.payment_id, attempt, refund.amount, refund.amount, 0, 0});
  plan_.refund_steps.emplace_back(refund.refund_id, RefundStep::send);
  put(refund);
}

void Planner::apply(const RefundAnswer& answer) {
  const auto found = known_.refunds.find(answer.refund_id);
  if (found == known_.refunds.end()) return;
  Refund refund = found->second;
  RefundGate gate{refund.payment_id, refund.attempt, 0, 0, 0, 0};
  if (const auto known = known_.gates.find({refund.payment_id, refund.attempt}); known != known_.gates.end()) {
    gate = known->second;
  } else if (const auto payment = known_.payments.find(refund.payment_id); payment != known_.payments.end()) {
    gate.captured = payment->second.amount;
  }
  const auto late_ms = times_.channel.late_arrival_ms;
  const auto change = refund.in_gate ? apply_refund(refund, answer, times_.now_ms, late_ms, random_())
                                     : apply_outside(refund, answer, gate, times_.now_ms, late_ms, random_());
  if (!change.changed) return;
  const auto incident = [&](std::string what, std::string detail) {
    plan_.incidents.push_back({std::move(what), refund.payment_id, std::nullopt, std::nullopt, std::move(detail)});
  };
  const RefundState from = refund.state;
  refund = change.next;
  if (refund.in_gate) put_gate(pass(gate, refund, from));
  if (refund.state == RefundState::failed && refund.origin == RefundOrigin::automatic)
    incident("refund_failed", "refund " + refund.refund_id.text() + " was refused by the channel: " + refund.code);
  if (answer.verdict == RefundVerdict::mismatched)
    incident("mismatch", "P23: the answer is about another refund than " + refund.refund_id.text());
  const bool beyond = !refund.in_gate && answer.verdict == RefundVerdict::succeeded && gate.refunding == 0;
  if (beyond)
    incident("contradiction", "the channel gave back more than was captured: refund " + refund.refund_id.text());
  if (change.step != RefundStep::none) plan_.refund_steps.emplace_back(refund.refund_id, change.step);
  put(refund);
  if (refund.has_ended()) ended(refund);
}

void Planner::ended(const Refund& refund) {
  if (refund.origin != RefundOrigin::merchant) return;
  const auto payment = known_.payments.find(refund.payment_id);
  if (payment == known_.payments.end()) return;
  payment->second = with_ended_refund(std::move(payment->second), refund, times_.now_ms);
  changed(payment->second);
}

/// New ones and changed ones, each once and in its newest version.
void Planner::put(const Refund& refund) {
  const bool is_new = known_.refunds.insert_or_assign(refund.refund_id, refund).second;
  if (is_new) new_refunds_.emplace(refund.refund_id, plan_.new_refunds.size());
  if (const auto mine = new_refunds_.find(refund.refund_id); mine != new_refunds_.end()) {
    if (is_new)
      plan_.new_refunds.push_back(refund);
    else
      plan_.new_refunds[mine->second] = refund;
    return;
  }
  const auto planned = std::ranges::find(plan_.refund_updates, refund.refund_id, &Refund::refund_id);
  if (planned == plan_.refund_updates.end())
    plan_.refund_updates.push_back(refund);
  else
    *planned = refund;
}

}  // namespace acq::settlement
