// What came back from the channel and the merchants, and what a success that came too late sets off (P13, P14).
#include "common/faults/fault_points.hpp"
#include "settlement/writer/planner.hpp"

namespace acq::settlement {
namespace {

/// As P21 reads it; a broken rule reads more into it.
ChannelAnswer as_read(ChannelAnswer answer) {
  if (answer.verdict == ChannelVerdict::unanswered && faults::broken(faults::Rule::unanswered_is_unknown))
    answer.verdict = ChannelVerdict::declined;
  if (answer.verdict == ChannelVerdict::unheard && faults::broken(faults::Rule::unheard_is_no_answer))
    answer.verdict = ChannelVerdict::closed;
  return answer;
}

}  // namespace

void Planner::apply(const Outcome& outcome) {
  if (const auto* refund = std::get_if<RefundAnswer>(&outcome)) return apply(*refund);
  const auto found = known_.payments.find(payment_of(outcome));
  if (found == known_.payments.end()) return;  // not ours any more: its new owner asks for itself
  Payment& payment = found->second;
  if (const auto* answer = std::get_if<ChannelAnswer>(&outcome)) return apply(payment, as_read(*answer));
  if (const auto* told = std::get_if<CallbackAnswer>(&outcome)) return apply(payment, *told);
  apply(payment, std::get<JobDropped>(outcome));
}

void Planner::apply(Payment& payment, const ChannelAnswer& answer) {
  if (answer.attempt != payment.attempt) return about_earlier_attempt(payment, answer);
  // The wait for a late arrival counts from when it really left (P21), not from when that was allowed.
  if (answer.sent_at_ms > payment.sent_at_ms) payment.sent_at_ms = answer.sent_at_ms;
  const Input input = classify(payment, answer, times_.now_ms, times_.channel);
  auto change = transition(payment, input, &answer, times_.now_ms, random_());
  switch (change.change) {
    case Change::contradicts:
      return incident("contradiction", payment, "the channel says " + std::string(name_of(input)));
    case Change::late:
      return give_back(payment, payment.attempt);
    case Change::nothing:
      return;
    case Change::moves:
    case Change::stays:
      break;
  }
  if (answer.verdict == ChannelVerdict::mismatched)
    incident("mismatch", payment, "P23: the answer is about another charge");
  if (change.effect != Effect::none) plan_.effects.push_back({payment.payment_id, change.effect, payment.attempt});
  payment = std::move(change.next);
  changed(payment);
  if (is_final(payment.state)) release_held(payment);
}

/// Attempts that were followed by another one had ended without money, so only a success says something new.
void Planner::about_earlier_attempt(const Payment& payment, const ChannelAnswer& answer) {
  if (known_.held.contains({payment.payment_id, answer.attempt})) return;  // it asks for itself when it begins
  if (answer.attempt > payment.attempt) return incident("contradiction", payment, "the channel names a later attempt");
  if (answer.verdict == ChannelVerdict::succeeded) return give_back(payment, answer.attempt);
  if (answer.verdict == ChannelVerdict::mismatched)
    incident("contradiction", payment, "P23: told of an earlier attempt with other fields");
}

/// P13: against the attempt's own gate, once, whoever tells of it and however often.
void Planner::give_back(const Payment& payment, std::int32_t attempt) {
  Refund refund = automatic_refund(payment, attempt, times_.now_ms);
  if (known_.refunds.contains(refund.refund_id)) return;
  put_gate({payment.payment_id, attempt, refund.amount, refund.amount, 0});
  new_refunds_.emplace(refund.refund_id, plan_.new_refunds.size());
  plan_.refund_steps.emplace_back(refund.refund_id, RefundStep::send);
  plan_.new_refunds.push_back(refund);
  known_.refunds.emplace(refund.refund_id, std::move(refund));
}

void Planner::apply(const RefundAnswer& answer) {
  const auto found = known_.refunds.find(answer.refund_id);
  if (found == known_.refunds.end()) return;
  Refund& refund = found->second;
  auto change = apply_refund(refund, answer, times_.now_ms, times_.channel.late_arrival_ms, random_());
  if (!change.changed) return;
  const RefundState from = refund.state;
  refund = std::move(change.next);
  if (const auto gate = known_.gates.find({refund.payment_id, refund.attempt}); gate != known_.gates.end())
    put_gate(pass(gate->second, refund, from));
  if (refund.state == RefundState::failed) {
    plan_.incidents.push_back({"refund_failed", refund.payment_id, std::nullopt, std::nullopt,
                               "refund " + refund.refund_id.text() + " was refused by the channel: " + refund.code});
  }
  if (answer.verdict == RefundVerdict::mismatched) {
    plan_.incidents.push_back({"mismatch", refund.payment_id, std::nullopt, std::nullopt,
                               "P23: the answer is about another refund than " + refund.refund_id.text()});
  }
  if (change.step != RefundStep::none) plan_.refund_steps.emplace_back(refund.refund_id, change.step);
  if (const auto mine = new_refunds_.find(refund.refund_id); mine != new_refunds_.end()) {
    plan_.new_refunds[mine->second] = refund;
    return;
  }
  for (auto& planned : plan_.refund_updates) {
    if (planned.refund_id == refund.refund_id) {
      planned = refund;
      return;
    }
  }
  plan_.refund_updates.push_back(refund);
}

void Planner::apply(Payment& payment, const CallbackAnswer& answer) {
  payment = apply_callback(payment, answer, times_.now_ms, random_());
  changed(payment);
}

/// No byte left: a charge is asked about before it is sent again (P18); a query or callback simply comes due again.
void Planner::apply(Payment& payment, const JobDropped&) {
  if (!is_final(payment.state)) plan_.effects.push_back({payment.payment_id, Effect::query_now, payment.attempt});
}

}  // namespace acq::settlement
