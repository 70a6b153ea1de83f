// The table of states as data, and transition(): pure, total, the only place where a payment changes its state.
// Docs, gauges and the exhaustive tests are generated from state_table().
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "common/domain/intents.hpp"
#include "common/domain/outcomes.hpp"
#include "common/domain/payment.hpp"

namespace acq {

/// What may happen to a payment. The clock decides among the `unheard…` inputs (P20, P21): see classify().
enum class Input : std::uint8_t {
  requested,        ///< a fresh intent: charge it
  requested_stale,  ///< first applied late, re-offered or taken over: ask before charging (P20)
  number_taken,     ///< the number is another payment's with other fields (P11): refused, never sent
  succeeded,
  declined,
  awaiting_payer,
  unanswered,
  mismatched,
  unheard_early,    ///< "never heard of it" before late_arrival_ms has passed since the last send: no answer (P21)
  unheard,          ///< after it, or when nobody can have sent: the same request id may be sent (again)
  unheard_expired,  ///< the same, but past expires_at: never sent, ends closed (P20)
};
inline constexpr std::size_t input_count = 11;
std::string_view name_of(Input input) noexcept;

/// What the channel is asked next.
enum class Effect : std::uint8_t {
  none,
  charge,       ///< send the charge now; committed as "may have been sent" first (P18)
  query_now,    ///< ask at once
  query_later,  ///< ask when next_query_at_ms comes
};
std::string_view name_of(Effect effect) noexcept;

enum class Change : std::uint8_t {
  moves,        ///< the state changes: sequence + 1, the merchant is told
  stays,        ///< same state, the effect only
  nothing,      ///< told again, or of no consequence: nothing changes, no effect
  contradicts,  ///< an answer that cannot be true beside what is stored: an incident row, nothing changes
};

struct StateRow {
  PaymentState from;
  Input input;
  Change change;
  PaymentState to;
  Effect effect;
};

/// Every state times every input, exactly once each.
std::span<const StateRow> state_table() noexcept;
const StateRow& row_of(PaymentState from, Input input) noexcept;

/// The times that decisions need, from the configuration.
struct ChannelTimes {
  std::int64_t late_arrival_ms = 2'000;
};

/// Which input an answer is, given what is stored and the time (the database's clock, P15).
Input classify(const Payment& payment, const ChannelAnswer& answer, std::int64_t now_ms, const ChannelTimes& times);

struct Transition {
  Payment next;
  Effect effect = Effect::none;
  Change change = Change::nothing;
};

/// The next payment and what it asks for. `answer` supplies code_url, decline_code and reference where the input is one
/// of the channel's. `random` in [0,1) spreads the next query.
Transition transition(const Payment& payment, Input input, const ChannelAnswer* answer, std::int64_t now_ms,
                      double random);

/// The payment that a fresh intent makes, before its first transition: state accepted, sequence 0.
Payment payment_from(const PaymentRequested& intent, std::int32_t partition, std::int64_t log_offset);

/// The callback's answer applied: told, or the next time to try. No state changes.
Payment apply_callback(const Payment& payment, const CallbackAnswer& answer, std::int64_t now_ms, double random);

}  // namespace acq
