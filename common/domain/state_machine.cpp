// transition(): what a row of the table does to a payment. The rows themselves are in state_table.cpp.
#include "common/domain/state_machine.hpp"

#include <algorithm>
#include <cstdlib>

#include "common/domain/schedule.hpp"

namespace acq {
namespace {

bool expired(const Payment& payment, std::int64_t now_ms) noexcept {
  return payment.expires_at_ms != 0 && now_ms >= payment.expires_at_ms;
}

/// Past expires_at nothing is ever sent (P20), whatever the caller made of the clock; nor while a close is asked (P12).
/// A channel that told of another amount has heard of it: what it forgets afterwards is neither repeated nor expired
/// (P23).
Input as_allowed(const Payment& payment, Input input, std::int64_t now_ms) noexcept {
  const bool unheard = input == Input::unheard || input == Input::unheard_expired;
  if (unheard && payment.decline_code == answer_differs) return Input::unheard_early;
  if (input == Input::unheard && payment.close == CloseState::asked) return Input::unheard_early;
  if (!expired(payment, now_ms)) return input;
  if (input == Input::requested) return Input::requested_stale;
  if (input == Input::unheard) return Input::unheard_expired;
  return input;
}

bool merchant_is_told(PaymentState state) noexcept {
  return state != PaymentState::accepted && state != PaymentState::processing;
}

void take_answer(Payment& next, Input input, const ChannelAnswer* answer) {
  if (input == Input::mismatched) next.decline_code = answer_differs;
  if (answer == nullptr) return;
  // Nothing is taken from an answer that contradicts what was asked (P23), nor from none at all.
  if (input != Input::succeeded && input != Input::declined && input != Input::awaiting_payer) return;
  if (!answer->channel_reference.empty()) next.channel_reference = answer->channel_reference;
  if (input == Input::declined) next.decline_code = answer->decline_code;
  if (input == Input::awaiting_payer) next.code_url = answer->code_url;
}

/// What the end, or the way on, means for a close that was asked, and for the code that tells why it is closed.
void settle_close(Payment& next, Input input, std::int64_t now_ms) {
  if (next.state == PaymentState::closed) {
    if (input == Input::close_held) next.decline_code = "closed_before";
    if (input == Input::unheard_expired ||
        (next.close == CloseState::none && input == Input::closed && expired(next, now_ms)))
      next.decline_code = "expired";
    if (next.close == CloseState::asked || input == Input::close_held) next.close = CloseState::closed;
    return;
  }
  if (next.close != CloseState::asked || !is_final(next.state)) return;
  next.close = next.state == PaymentState::reversed ? CloseState::closed : CloseState::refused;
  if (next.state == PaymentState::succeeded) next.close_code = "already_paid";
  if (next.state == PaymentState::declined) next.close_code = "declined";
}

void owe_telling(Payment& next, std::int64_t now_ms) {
  next.tell_attempts = 0;
  if (next.callback_url.empty() || !merchant_is_told(next.state)) {
    next.told_sequence = next.sequence;  // owed to nobody
    next.next_tell_at_ms = 0;
  } else {
    next.next_tell_at_ms = now_ms;
  }
}

void move(Payment& next, const StateRow& row, const ChannelAnswer* answer, std::int64_t now_ms) {
  next.state = row.to;
  next.sequence += 1;
  next.updated_at_ms = now_ms;
  next.queries = 0;
  next.next_query_at_ms = 0;
  next.unknown_since_ms = row.to == PaymentState::unknown ? now_ms : 0;
  next.decline_code.clear();
  take_answer(next, row.input, answer);
  settle_close(next, row.input, now_ms);
  if (is_final(next.state)) next.sealed_code.clear();  // P24
  owe_telling(next, now_ms);
}

std::int64_t next_query_ms(const Payment& payment, std::int64_t now_ms, double random) {
  const auto deadline = payment.expires_at_ms;
  if (expired(payment, now_ms)) return now_ms + overdue_delay_ms(now_ms - deadline, random);  // P22
  // A close that was asked is pressed on a barcode's clock; nobody waits for a payer any more.
  const auto clock = payment.close == CloseState::asked ? MethodType::barcode : payment.method;
  const auto at = now_ms + query_delay_ms(clock, payment.queries, random);
  return deadline == 0 ? at : std::min(at, deadline);
}

/// At once, even where the clock of what is long overdue would wait for hours; but the deadline is not slept through.
std::int64_t press_ms(const Payment& payment, std::int64_t now_ms, double random) {
  const auto at = now_ms + query_delay_ms(MethodType::barcode, 0, random);
  return payment.expires_at_ms > now_ms ? std::min(at, payment.expires_at_ms) : at;
}

/// A close that was asked shows in the payment, but is nothing to be told of.
void ask_to_close(Payment& next, std::int64_t now_ms) {
  if (next.close == CloseState::asked) return;
  const bool owed = next.told_sequence < next.sequence;
  next.close = CloseState::asked;
  next.close_code.clear();
  next.sequence += 1;
  next.updated_at_ms = now_ms;
  if (!owed) next.told_sequence = next.sequence;
}

void apply_effect(Payment& next, Effect effect, std::int64_t now_ms, double random) {
  switch (effect) {
    case Effect::none:
    case Effect::query_now:
    case Effect::give_back:
      return;
    case Effect::end_now:
      // It may be dropped before it leaves, or stand behind a call under way: the clock asks again.
      next.next_query_at_ms = press_ms(next, now_ms, random);
      next.queries = 0;
      return;
    case Effect::charge:
      next.sent_at_ms = now_ms;  // P18
      // A charge repeated from unknown may be dropped before it leaves: the clock goes on, so that it is asked about.
      if (next.state == PaymentState::unknown) {
        next.next_query_at_ms = next_query_ms(next, now_ms, random);
      }
      return;
    case Effect::query_later:
      next.next_query_at_ms = next_query_ms(next, now_ms, random);
      next.queries += 1;
      return;
  }
  std::abort();
}

}  // namespace

Input classify(const Payment& payment, const ChannelAnswer& answer, std::int64_t now_ms, const ChannelTimes& times) {
  switch (answer.verdict) {
    case ChannelVerdict::succeeded:
      return Input::succeeded;
    case ChannelVerdict::declined:
      return Input::declined;
    case ChannelVerdict::awaiting_payer:
      return Input::awaiting_payer;
    case ChannelVerdict::closed:
      return Input::closed;
    case ChannelVerdict::reversed:
      return Input::reversed;
    case ChannelVerdict::unanswered:
      return Input::unanswered;
    case ChannelVerdict::mismatched:
      return Input::mismatched;
    case ChannelVerdict::unheard:
      if (payment.sent_at_ms != 0 && now_ms < payment.sent_at_ms + times.late_arrival_ms) return Input::unheard_early;
      return expired(payment, now_ms) ? Input::unheard_expired : Input::unheard;
  }
  std::abort();
}

Transition transition(const Payment& payment, Input input, const ChannelAnswer* answer, std::int64_t now_ms,
                      double random) {
  if (answer != nullptr && answer->attempt != payment.attempt) {
    return {payment, Effect::none, Change::contradicts};  // a success belongs to one channel request id (P13)
  }
  const StateRow& row = row_of(payment.state, as_allowed(payment, input, now_ms));
  Transition result{payment, row.effect, row.change};
  switch (row.change) {
    case Change::nothing:
    case Change::late:
    case Change::contradicts:
      return result;
    case Change::moves:
      move(result.next, row, answer, now_ms);
      break;
    case Change::stays:
      if (row.input == Input::close_requested) ask_to_close(result.next, now_ms);
      if (row.input == Input::mismatched) result.next.decline_code = answer_differs;
      break;
  }
  apply_effect(result.next, row.effect, now_ms, random);
  return result;
}

Payment payment_from(const PaymentRequested& intent, std::int32_t partition, std::int64_t log_offset) {
  Payment payment;
  payment.payment_id = intent.payment_id;
  payment.merchant_id = intent.merchant_id;
  payment.merchant_order_id = intent.merchant_order_id;
  payment.attempt = intent.attempt;
  payment.amount = intent.amount;
  payment.currency = intent.currency;
  payment.method = intent.method;
  payment.created_at_ms = intent.accepted_at_ms;
  payment.updated_at_ms = intent.accepted_at_ms;
  payment.expires_at_ms = intent.expires_at_ms;
  payment.description = intent.description;
  payment.callback_url = intent.callback_url;
  payment.metadata = intent.metadata;
  payment.sealed_code = intent.sealed_code;
  payment.partition = partition;
  payment.log_offset = log_offset;
  return payment;
}

ChannelAct channel_act(const Payment& payment, std::int64_t now_ms) noexcept {
  if (is_final(payment.state)) return ChannelAct::none;
  if (payment.decline_code == answer_differs) return ChannelAct::query;
  if (payment.close == CloseState::asked) return ChannelAct::close;
  if (!expired(payment, now_ms)) return ChannelAct::query;
  return payment.method == MethodType::barcode ? ChannelAct::reverse : ChannelAct::close;
}

std::optional<std::string_view> attempt_refused(const Payment& payment, const PaymentRequested& intent) noexcept {
  const bool ended = payment.state == PaymentState::declined || payment.state == PaymentState::closed;
  if (!ended || intent.attempt != payment.attempt + 1) return "attempt_not_open";
  if (intent.amount != payment.amount || intent.currency != payment.currency) return "fields_differ";
  return std::nullopt;
}

Payment next_attempt(const Payment& payment, const PaymentRequested& intent) {
  Payment next = payment_from(intent, payment.partition, payment.log_offset);
  next.payment_id = payment.payment_id;
  next.created_at_ms = payment.created_at_ms;
  next.sequence = payment.sequence;
  next.told_sequence = payment.told_sequence;
  next.earlier = payment.earlier;
  next.earlier.push_back({payment.attempt, payment.state, payment.decline_code});
  return next;
}

Payment apply_callback(const Payment& payment, const CallbackAnswer& answer, std::int64_t now_ms, double random) {
  Payment next = payment;
  if (answer.sequence <= payment.told_sequence) return next;  // acknowledged before: says nothing about what is owed
  switch (answer.verdict) {
    case CallbackVerdict::acknowledged:
      next.told_sequence = std::min(answer.sequence, payment.sequence);
      next.tell_attempts = 0;
      next.next_tell_at_ms = next.told_sequence < next.sequence ? now_ms : 0;
      return next;
    case CallbackVerdict::failed: {
      next.tell_attempts += 1;
      const auto delay_ms = callback_delay_ms(next.tell_attempts, random);
      const auto asked_ms = std::clamp(answer.retry_after_ms, std::int64_t{0}, retry_after_ms_max);
      next.next_tell_at_ms = delay_ms == 0 ? parked_until_ms : now_ms + std::max(delay_ms, asked_ms);
      return next;
    }
  }
  std::abort();
}

}  // namespace acq
