// Payments, answers and requests for the tests of the state machine.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <tuple>

#include "common/domain/state_machine.hpp"

namespace acq {

inline constexpr std::int64_t now = 1'800'000'000'000;
inline constexpr std::array open_states{PaymentState::processing, PaymentState::awaiting_payer, PaymentState::unknown};
inline constexpr std::array final_states{PaymentState::succeeded, PaymentState::declined, PaymentState::closed,
                                         PaymentState::refused, PaymentState::reversed};

/// Everything told, nothing late, a minute left.
inline Payment payment_in(PaymentState state, MethodType method = MethodType::barcode) {
  Payment payment;
  payment.payment_id = make_payment_id(now - 5'000, 7, 7);
  payment.merchant_order_id = "order-1";
  payment.amount = 100;
  payment.currency = *Currency::parse("CNY");
  payment.method = method;
  payment.state = state;
  payment.sequence = state == PaymentState::accepted ? 0 : 3;
  payment.told_sequence = payment.sequence;
  payment.created_at_ms = now - 5'000;
  payment.updated_at_ms = now - 4'000;
  payment.expires_at_ms = now + 60'000;
  payment.callback_url = "https://shop.example/callbacks";
  if (!is_final(state)) payment.sealed_code = "sealed";
  if (state == PaymentState::unknown) {
    payment.unknown_since_ms = now - 3'000;
    payment.next_query_at_ms = now;
    payment.queries = 2;
  }
  return payment;
}

inline ChannelAnswer answer_of(ChannelVerdict verdict, std::int32_t attempt = 1) {
  ChannelAnswer answer;
  answer.attempt = attempt;
  answer.verdict = verdict;
  answer.decline_code = "insufficient_funds";
  answer.code_url = "https://channel.example/qr/1";
  answer.channel_reference = "ref-1";
  return answer;
}

/// The intent that asks for the attempt after `payment`'s.
inline PaymentRequested next_intent(const Payment& payment) {
  PaymentRequested intent;
  intent.intent_id = make_intent_id(now, route_of(payment.payment_id), 99);
  intent.payment_id = payment.payment_id;
  intent.merchant_id = payment.merchant_id;
  intent.merchant_order_id = payment.merchant_order_id;
  intent.attempt = payment.attempt + 1;
  intent.amount = payment.amount;
  intent.currency = payment.currency;
  intent.method = MethodType::qr;
  intent.callback_url = payment.callback_url;
  intent.sealed_code = "sealed again";
  intent.accepted_at_ms = now;
  intent.expires_at_ms = now + 900'000;
  return intent;
}

inline auto fields_of(const Payment& p) {
  return std::tie(p.payment_id, p.merchant_id, p.merchant_order_id, p.attempt, p.amount, p.currency, p.method, p.state,
                  p.sequence, p.created_at_ms, p.updated_at_ms, p.expires_at_ms, p.description, p.callback_url,
                  p.metadata, p.code_url, p.decline_code, p.close, p.close_code, p.channel_reference, p.sealed_code,
                  p.sent_at_ms, p.unknown_since_ms, p.next_query_at_ms, p.queries, p.told_sequence, p.tell_attempts,
                  p.next_tell_at_ms, p.earlier, p.partition, p.log_offset);
}
inline bool same(const Payment& a, const Payment& b) {
  return fields_of(a) == fields_of(b);
}

}  // namespace acq
