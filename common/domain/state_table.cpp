// The table of states as data: every state times every input, in the order of both enums, checked at compile time.
// Reading rule: "moves" changes the state, "stays" asks for an effect only, "nothing" was told before or is of no
// consequence, "contradicts" cannot be true beside what is stored and becomes an incident row.
#include <cstdlib>

#include "common/domain/state_machine.hpp"

namespace acq {
namespace {

using S = PaymentState;
using I = Input;
using E = Effect;

constexpr StateRow moves(S from, I input, S to, E effect = E::none) {
  return {from, input, Change::moves, to, effect};
}
constexpr StateRow stays(S from, I input, E effect) {
  return {from, input, Change::stays, from, effect};
}
constexpr StateRow nothing(S from, I input) {
  return {from, input, Change::nothing, from, E::none};
}
constexpr StateRow contradicts(S from, I input) {
  return {from, input, Change::contradicts, from, E::none};
}

// clang-format off
constexpr std::array table{
    // accepted: nobody has been asked yet, so no answer of a channel can be true.
    moves(S::accepted, I::requested, S::processing, E::charge),
    moves(S::accepted, I::requested_stale, S::processing, E::query_now),  // P20: somebody may have sent it
    moves(S::accepted, I::number_taken, S::refused),                      // P11
    contradicts(S::accepted, I::succeeded),
    contradicts(S::accepted, I::declined),
    contradicts(S::accepted, I::awaiting_payer),
    contradicts(S::accepted, I::unanswered),
    contradicts(S::accepted, I::mismatched),
    contradicts(S::accepted, I::unheard_early),
    contradicts(S::accepted, I::unheard),
    contradicts(S::accepted, I::unheard_expired),

    // processing: a charge may have been sent (P18).
    nothing(S::processing, I::requested),  // a doubled or replayed record makes no new effect (P11)
    nothing(S::processing, I::requested_stale),
    contradicts(S::processing, I::number_taken),  // it holds its number: the key row says so
    moves(S::processing, I::succeeded, S::succeeded),
    moves(S::processing, I::declined, S::declined),
    moves(S::processing, I::awaiting_payer, S::awaiting_payer, E::query_later),
    moves(S::processing, I::unanswered, S::unknown, E::query_later),
    moves(S::processing, I::mismatched, S::unknown, E::query_later),     // P23; the caller writes the incident
    moves(S::processing, I::unheard_early, S::unknown, E::query_later),  // P21: it may still be on its way
    stays(S::processing, I::unheard, E::charge),                         // P18, P21: under the same request id
    moves(S::processing, I::unheard_expired, S::closed),                 // P20: the payer of then is gone

    // awaiting_payer: the channel has shown a code; only the channel can say how it ended.
    nothing(S::awaiting_payer, I::requested),
    nothing(S::awaiting_payer, I::requested_stale),
    contradicts(S::awaiting_payer, I::number_taken),
    moves(S::awaiting_payer, I::succeeded, S::succeeded),
    moves(S::awaiting_payer, I::declined, S::declined),
    stays(S::awaiting_payer, I::awaiting_payer, E::query_later),
    stays(S::awaiting_payer, I::unanswered, E::query_later),              // a query without an answer unsays nothing
    moves(S::awaiting_payer, I::mismatched, S::unknown, E::query_later),  // P23
    stays(S::awaiting_payer, I::unheard_early, E::query_later),           // P21: no answer by itself
    // A channel that forgets a code which it showed is not believed at once: the payer may have paid by it. Asked
    // again from unknown, it must say so a second time before the charge is repeated or the payment closed.
    moves(S::awaiting_payer, I::unheard, S::unknown, E::query_later),
    moves(S::awaiting_payer, I::unheard_expired, S::unknown, E::query_later),

    // succeeded: the money is taken.
    nothing(S::succeeded, I::requested),
    nothing(S::succeeded, I::requested_stale),
    contradicts(S::succeeded, I::number_taken),
    nothing(S::succeeded, I::succeeded),  // P13: the same success by any way is nothing new
    contradicts(S::succeeded, I::declined),
    nothing(S::succeeded, I::awaiting_payer),  // an older query's answer, overtaken
    nothing(S::succeeded, I::unanswered),
    contradicts(S::succeeded, I::mismatched),  // P23: another amount is told of money that we have counted
    nothing(S::succeeded, I::unheard_early),
    nothing(S::succeeded, I::unheard),
    nothing(S::succeeded, I::unheard_expired),

    // declined: no money was taken.
    nothing(S::declined, I::requested),
    nothing(S::declined, I::requested_stale),
    contradicts(S::declined, I::number_taken),
    contradicts(S::declined, I::succeeded),  // P13: to suspense and refunded
    nothing(S::declined, I::declined),
    nothing(S::declined, I::awaiting_payer),
    nothing(S::declined, I::unanswered),
    contradicts(S::declined, I::mismatched),  // P23: it may tell of money taken
    nothing(S::declined, I::unheard_early),
    nothing(S::declined, I::unheard),
    nothing(S::declined, I::unheard_expired),

    // closed: the channel said that it never heard of it, after everything that could arrive late (P20, P21).
    nothing(S::closed, I::requested),
    nothing(S::closed, I::requested_stale),
    contradicts(S::closed, I::number_taken),
    contradicts(S::closed, I::succeeded),       // P13: to suspense and refunded
    nothing(S::closed, I::declined),            // no money either way
    contradicts(S::closed, I::awaiting_payer),  // it shows a code for what it never heard of: money may still come
    nothing(S::closed, I::unanswered),
    contradicts(S::closed, I::mismatched),  // P23
    nothing(S::closed, I::unheard_early),
    nothing(S::closed, I::unheard),
    nothing(S::closed, I::unheard_expired),

    // refused: never sent, so a channel can have nothing to tell of it (P11).
    nothing(S::refused, I::requested),
    nothing(S::refused, I::requested_stale),
    nothing(S::refused, I::number_taken),  // the verdict is stored by intent id: a replay gets the same one
    contradicts(S::refused, I::succeeded),
    contradicts(S::refused, I::declined),
    contradicts(S::refused, I::awaiting_payer),
    nothing(S::refused, I::unanswered),
    contradicts(S::refused, I::mismatched),
    nothing(S::refused, I::unheard_early),
    nothing(S::refused, I::unheard),
    nothing(S::refused, I::unheard_expired),

    // unknown: left only by an answer of the channel, never by a timer alone.
    nothing(S::unknown, I::requested),
    nothing(S::unknown, I::requested_stale),
    contradicts(S::unknown, I::number_taken),
    moves(S::unknown, I::succeeded, S::succeeded),
    moves(S::unknown, I::declined, S::declined),
    moves(S::unknown, I::awaiting_payer, S::awaiting_payer, E::query_later),
    stays(S::unknown, I::unanswered, E::query_later),
    stays(S::unknown, I::mismatched, E::query_later),  // P23: asked on; two operators end it
    stays(S::unknown, I::unheard_early, E::query_later),
    stays(S::unknown, I::unheard, E::charge),          // P21: repeated under the same channel request id
    moves(S::unknown, I::unheard_expired, S::closed),  // P20
};
// clang-format on

constexpr std::size_t index_of(S state, I input) {
  return static_cast<std::size_t>(state) * input_count + static_cast<std::size_t>(input);
}

constexpr bool complete() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (index_of(table[i].from, table[i].input) != i) return false;
  }
  return table.size() == all_payment_states.size() * input_count;
}
static_assert(complete(), "every state times every input, exactly once, in the order of the enums");

}  // namespace

std::span<const StateRow> state_table() noexcept {
  return table;
}

const StateRow& row_of(PaymentState from, Input input) noexcept {
  return table[index_of(from, input)];
}

std::string_view name_of(Input input) noexcept {
  switch (input) {
    case Input::requested:
      return "requested";
    case Input::requested_stale:
      return "requested_stale";
    case Input::number_taken:
      return "number_taken";
    case Input::succeeded:
      return "succeeded";
    case Input::declined:
      return "declined";
    case Input::awaiting_payer:
      return "awaiting_payer";
    case Input::unanswered:
      return "unanswered";
    case Input::mismatched:
      return "mismatched";
    case Input::unheard_early:
      return "unheard_early";
    case Input::unheard:
      return "unheard";
    case Input::unheard_expired:
      return "unheard_expired";
  }
  std::abort();
}

std::string_view name_of(Effect effect) noexcept {
  switch (effect) {
    case Effect::none:
      return "none";
    case Effect::charge:
      return "charge";
    case Effect::query_now:
      return "query_now";
    case Effect::query_later:
      return "query_later";
  }
  std::abort();
}

}  // namespace acq
