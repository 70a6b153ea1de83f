// What came back from the channel about charges, and from the merchants.
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

void Planner::apply(Payment& payment, const CallbackAnswer& answer) {
  payment = apply_callback(payment, answer, times_.now_ms, random_());
  changed(payment);
}

/// No byte left: a charge is asked about before it is sent again (P18); a query or callback simply comes due again.
void Planner::apply(Payment& payment, const JobDropped&) {
  if (!is_final(payment.state)) plan_.effects.push_back({payment.payment_id, Effect::query_now, payment.attempt});
}

}  // namespace acq::settlement
