// The table of states as data: every state times every input, in the order of both enums, checked at compile time.
// Reading rule: "moves" changes the state, "stays" asks for an effect only, "nothing" was told before or is of no
// consequence, "late" is a success of what had ended (P13), "contradicts" cannot be true beside what is stored and
// becomes an incident row.
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
constexpr StateRow late(S from, I input) {
  return {from, input, Change::late, from, E::give_back};
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
    moves(S::accepted, I::close_held, S::closed),                         // P12
    contradicts(S::accepted, I::close_requested),
    contradicts(S::accepted, I::succeeded),
    contradicts(S::accepted, I::declined),
    contradicts(S::accepted, I::awaiting_payer),
    contradicts(S::accepted, I::closed),
    contradicts(S::accepted, I::reversed),
    contradicts(S::accepted, I::unanswered),
    contradicts(S::accepted, I::mismatched),
    contradicts(S::accepted, I::unheard_early),
    contradicts(S::accepted, I::unheard),
    contradicts(S::accepted, I::unheard_expired),

    // processing: a charge may have been sent (P18).
    nothing(S::processing, I::requested),  // a doubled or replayed record makes no new effect (P11)
    nothing(S::processing, I::requested_stale),
    contradicts(S::processing, I::number_taken),  // it holds its number: the key row says so
    contradicts(S::processing, I::close_held),
    stays(S::processing, I::close_requested, E::end_now),  // P12: the channel is asked, and a success still wins (P13)
    moves(S::processing, I::succeeded, S::succeeded),
    moves(S::processing, I::declined, S::declined),
    moves(S::processing, I::awaiting_payer, S::awaiting_payer, E::query_later),
    moves(S::processing, I::closed, S::closed),
    moves(S::processing, I::reversed, S::reversed),  // P22
    moves(S::processing, I::unanswered, S::unknown, E::query_later),
    moves(S::processing, I::mismatched, S::unknown, E::query_later),     // P23; the caller writes the incident
    moves(S::processing, I::unheard_early, S::unknown, E::query_later),  // P21: it may still be on its way
    stays(S::processing, I::unheard, E::charge),                         // P18, P21: under the same request id
    moves(S::processing, I::unheard_expired, S::closed),                 // P20: the payer of then is gone

    // awaiting_payer: the channel has shown a code; only the channel can say how it ended.
    nothing(S::awaiting_payer, I::requested),
    nothing(S::awaiting_payer, I::requested_stale),
    contradicts(S::awaiting_payer, I::number_taken),
    contradicts(S::awaiting_payer, I::close_held),
    stays(S::awaiting_payer, I::close_requested, E::end_now),  // P12: the channel is asked, and a success still wins (P13)
    moves(S::awaiting_payer, I::succeeded, S::succeeded),
    moves(S::awaiting_payer, I::declined, S::declined),
    stays(S::awaiting_payer, I::awaiting_payer, E::query_later),
    moves(S::awaiting_payer, I::closed, S::closed),
    moves(S::awaiting_payer, I::reversed, S::reversed),  // P22
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
    contradicts(S::succeeded, I::close_held),
    nothing(S::succeeded, I::close_requested),  // the caller's verdict is "refused"
    nothing(S::succeeded, I::succeeded),  // P13: the same success by any way is nothing new
    contradicts(S::succeeded, I::declined),
    nothing(S::succeeded, I::awaiting_payer),  // an older query's answer, overtaken
    contradicts(S::succeeded, I::closed),
    contradicts(S::succeeded, I::reversed),  // money that we have counted is gone
    nothing(S::succeeded, I::unanswered),
    contradicts(S::succeeded, I::mismatched),  // P23: another amount is told of money that we have counted
    nothing(S::succeeded, I::unheard_early),
    nothing(S::succeeded, I::unheard),
    nothing(S::succeeded, I::unheard_expired),

    // declined: no money was taken.
    nothing(S::declined, I::requested),
    nothing(S::declined, I::requested_stale),
    contradicts(S::declined, I::number_taken),
    contradicts(S::declined, I::close_held),
    nothing(S::declined, I::close_requested),  // the caller's verdict is "refused"
    late(S::declined, I::succeeded),  // P13: to suspense and refunded
    nothing(S::declined, I::declined),
    nothing(S::declined, I::awaiting_payer),
    nothing(S::declined, I::closed),
    nothing(S::declined, I::reversed),  // no money is kept either way
    nothing(S::declined, I::unanswered),
    contradicts(S::declined, I::mismatched),  // P23: it may tell of money taken
    nothing(S::declined, I::unheard_early),
    nothing(S::declined, I::unheard),
    nothing(S::declined, I::unheard_expired),

    // closed: the channel confirmed it, or never heard of it after everything that could arrive late (P20, P21), or
    // the close came first (P12).
    nothing(S::closed, I::requested),
    nothing(S::closed, I::requested_stale),
    contradicts(S::closed, I::number_taken),
    contradicts(S::closed, I::close_held),
    nothing(S::closed, I::close_requested),  // the caller's verdict is "refused"
    late(S::closed, I::succeeded),              // P13: to suspense and refunded
    nothing(S::closed, I::declined),            // no money either way
    contradicts(S::closed, I::awaiting_payer),  // it shows a code for what it closed: money may still come
    nothing(S::closed, I::closed),
    nothing(S::closed, I::reversed),
    nothing(S::closed, I::unanswered),
    contradicts(S::closed, I::mismatched),  // P23
    nothing(S::closed, I::unheard_early),
    nothing(S::closed, I::unheard),
    nothing(S::closed, I::unheard_expired),

    // refused: never sent, so a channel can have nothing to tell of it (P11).
    nothing(S::refused, I::requested),
    nothing(S::refused, I::requested_stale),
    nothing(S::refused, I::number_taken),  // the verdict is stored by intent id: a replay gets the same one
    contradicts(S::refused, I::close_held),
    nothing(S::refused, I::close_requested),
    contradicts(S::refused, I::succeeded),
    contradicts(S::refused, I::declined),
    contradicts(S::refused, I::awaiting_payer),
    contradicts(S::refused, I::closed),
    contradicts(S::refused, I::reversed),
    nothing(S::refused, I::unanswered),
    contradicts(S::refused, I::mismatched),
    nothing(S::refused, I::unheard_early),
    nothing(S::refused, I::unheard),
    nothing(S::refused, I::unheard_expired),

    // unknown: left only by an answer of the channel, never by a timer alone.
    nothing(S::unknown, I::requested),
    nothing(S::unknown, I::requested_stale),
    contradicts(S::unknown, I::number_taken),
    contradicts(S::unknown, I::close_held),
    stays(S::unknown, I::close_requested, E::end_now),  // P12: the channel is asked, and a success still wins (P13)
    moves(S::unknown, I::succeeded, S::succeeded),
    moves(S::unknown, I::declined, S::declined),
    moves(S::unknown, I::awaiting_payer, S::awaiting_payer, E::query_later),
    moves(S::unknown, I::closed, S::closed),
    moves(S::unknown, I::reversed, S::reversed),  // P22
    stays(S::unknown, I::unanswered, E::query_later),
    stays(S::unknown, I::mismatched, E::query_later),  // P23: asked on; two operators end it
    stays(S::unknown, I::unheard_early, E::query_later),
    stays(S::unknown, I::unheard, E::charge),          // P21: repeated under the same channel request id
    moves(S::unknown, I::unheard_expired, S::closed),  // P20

    // reversed: the money was taken and given back at a barcode's deadline (P22).
    nothing(S::reversed, I::requested),
    nothing(S::reversed, I::requested_stale),
    contradicts(S::reversed, I::number_taken),
    contradicts(S::reversed, I::close_held),
    nothing(S::reversed, I::close_requested),
    contradicts(S::reversed, I::succeeded),  // taken again, or never given back: somebody must look
    nothing(S::reversed, I::declined),
    nothing(S::reversed, I::awaiting_payer),
    nothing(S::reversed, I::closed),
    nothing(S::reversed, I::reversed),
    nothing(S::reversed, I::unanswered),
    contradicts(S::reversed, I::mismatched),  // P23
    nothing(S::reversed, I::unheard_early),
    nothing(S::reversed, I::unheard),
    nothing(S::reversed, I::unheard_expired),
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
    case Input::close_held:
      return "close_held";
    case Input::close_requested:
      return "close_requested";
    case Input::succeeded:
      return "succeeded";
    case Input::declined:
      return "declined";
    case Input::awaiting_payer:
      return "awaiting_payer";
    case Input::closed:
      return "closed";
    case Input::reversed:
      return "reversed";
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
    case Effect::end_now:
      return "end_now";
    case Effect::give_back:
      return "give_back";
  }
  std::abort();
}

}  // namespace acq
