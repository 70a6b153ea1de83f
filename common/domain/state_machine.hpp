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
  number_taken,     ///< a rule refuses it after its 202 (P11): never sent
  close_held,       ///< its close came first (P12): closed, never sent
  close_requested,  ///< the merchant asks to close the attempt (P12)
  succeeded,
  declined,
  awaiting_payer,
  closed,
  reversed,
  unanswered,
  mismatched,
  unheard_early,    ///< "never heard of it" before late_arrival_ms has passed since the last send: no answer (P21)
  unheard,          ///< after it, or when nobody can have sent: the same request id may be sent (again)
  unheard_expired,  ///< the same, but past expires_at: never sent, ends closed (P20)
};
inline constexpr std::size_t input_count = 15;
std::string_view name_of(Input input) noexcept;

/// What the channel is asked next.
enum class Effect : std::uint8_t {
  none,
  charge,       ///< send the charge now; committed as "may have been sent" first (P18)
  query_now,    ///< ask at once
  query_later,  ///< ask when next_query_at_ms comes
  end_now,      ///< ask it to close the charge
  give_back,    ///< refund what was taken for an attempt that had ended (P13)
};
std::string_view name_of(Effect effect) noexcept;

enum class Change : std::uint8_t {
  moves,        ///< the state changes: sequence + 1, the merchant is told
  stays,        ///< same state, the effect only
  nothing,      ///< told again, or of no consequence: nothing changes, no effect
  late,         ///< a success of an attempt that had ended: its money goes back (P13); nothing changes here
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

/// What a due payment's channel is asked.
enum class ChannelAct : std::uint8_t { none, query, close, reverse };
/// A close that was asked goes on until it is confirmed. At its deadline a barcode's charge is reversed (P22) and a
/// qr's closed; what answered with another amount is only asked about (P23).
ChannelAct channel_act(const Payment& payment, std::int64_t now_ms) noexcept;

/// Why a next attempt may not begin, or nothing: the last one must have ended declined or closed, its number be one
/// less, and amount and currency the same (openapi.yaml).
std::optional<std::string_view> attempt_refused(const Payment& payment, const PaymentRequested& intent) noexcept;
/// The payment in its next attempt, before its first transition. attempt_refused() must have said nothing.
Payment next_attempt(const Payment& payment, const PaymentRequested& intent);

/// decline_code of a payment whose channel tells another amount, currency, merchant or number (P23).
inline constexpr std::string_view answer_differs = "answer_differs";

/// The payment that a fresh intent makes, before its first transition: state accepted, sequence 0.
Payment payment_from(const PaymentRequested& intent, std::int32_t partition, std::int64_t log_offset);

/// The callback's answer applied: told, or the next time to try. No state changes.
Payment apply_callback(const Payment& payment, const CallbackAnswer& answer, std::int64_t now_ms, double random);

}  // namespace acq
