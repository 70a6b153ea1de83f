// The table, state by input, and what transition() does with each cell.
#include "common/domain/state_machine.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/unit/domain/payments.hpp"

using namespace acq;

namespace {

using S = PaymentState;
using I = Input;

Transition apply(const Payment& payment, I input) {
  const auto answer = answer_of(ChannelVerdict::unanswered);
  return transition(payment, input, &answer, now, 0.5);
}

/// Every cell written down a second time, by hand. Cells: where the state moves its target's letter (P processing,
/// W awaiting_payer, S succeeded, D declined, C closed, R refused, U unknown, V reversed), s stays, . nothing, L late,
/// ! contradicts. Effects: c charge, n query_now, l query_later, e end_now, g give_back, - none.
struct Expected {
  S from;
  std::string_view cells;
  std::string_view effects;
};
// Inputs, in order: requested, requested_stale, number_taken, close_held, close_requested, then a blank and succeeded,
// declined, awaiting_payer, closed, reversed, then a blank and unanswered, mismatched, unheard_early, unheard,
// unheard_expired.
constexpr Expected expected[] = {
    {S::accepted, "PPRC! !!!!! !!!!!", "cn--- ----- -----"},
    {S::processing, "..!!s SDWCV UUUsC", "----e --l-- lllc-"},
    {S::awaiting_payer, "..!!s SDsCV sUsUU", "----e --l-- lllll"},
    {S::succeeded, "..!!. .!.!! .!...", "----- ----- -----"},
    {S::declined, "..!!. L.... .!...", "----- g---- -----"},
    {S::closed, "..!!. L.!.. .!...", "----- g---- -----"},
    {S::refused, "...!. !!!!! .!...", "----- ----- -----"},
    {S::unknown, "..!!s SDWCV ssssC", "----e --l-- lllc-"},
    {S::reversed, "..!!. !.... .!...", "----- ----- -----"},
};

char letter(const StateRow& row) {
  switch (row.change) {
    case Change::moves:
      return "?PWSDCRUV"[static_cast<std::size_t>(row.to)];
    case Change::stays:
      return 's';
    case Change::nothing:
      return '.';
    case Change::late:
      return 'L';
    case Change::contradicts:
      return '!';
  }
  return '?';
}

char letter(Effect effect) {
  switch (effect) {
    case Effect::none:
      return '-';
    case Effect::charge:
      return 'c';
    case Effect::query_now:
      return 'n';
    case Effect::query_later:
      return 'l';
    case Effect::end_now:
      return 'e';
    case Effect::give_back:
      return 'g';
  }
  return '?';
}

bool changes_nothing(Change change) {
  return change == Change::nothing || change == Change::late || change == Change::contradicts;
}

bool is_answer(I input) {
  return input >= I::succeeded;
}

}  // namespace

TEST_CASE("every state meets every input exactly once") {
  CHECK(all_payment_states.size() == 9);
  CHECK(input_count == 15);
  std::set<std::pair<S, I>> seen;
  for (const auto& row : state_table()) CHECK(seen.emplace(row.from, row.input).second);
  CHECK(seen.size() == all_payment_states.size() * input_count);
  CHECK(state_table().size() == seen.size());
  for (const auto& row : state_table()) CHECK(&row_of(row.from, row.input) == &row);
  std::set<std::string_view> inputs;
  std::set<std::string_view> effects;
  for (const auto& row : state_table()) {
    inputs.insert(name_of(row.input));
    effects.insert(name_of(row.effect));
  }
  CHECK(inputs.size() == input_count);
  CHECK(effects.size() == 6);
}

TEST_CASE("every cell is the one that was thought through") {
  std::set<S> written;
  for (const auto& [from, cells, effects] : expected) {
    written.insert(from);
    std::string found;
    std::string found_effects;
    for (std::size_t i = 0; i < input_count; ++i) {
      const auto& row = row_of(from, static_cast<I>(i));
      if (i == 5 || i == 10) found += ' ', found_effects += ' ';
      found += letter(row);
      found_effects += letter(row.effect);
    }
    INFO(name_of(from));
    CHECK(found == cells);
    CHECK(found_effects == effects);
  }
  CHECK(written.size() == all_payment_states.size());
}

TEST_CASE("every cell keeps the rules of the machine") {
  for (const auto& row : state_table()) {
    INFO(name_of(row.from) << " x " << name_of(row.input));
    const bool moves = row.change == Change::moves;
    CHECK((row.to != row.from) == moves);
    if (row.change == Change::nothing || row.change == Change::contradicts) CHECK(row.effect == Effect::none);
    if (is_final(row.from)) CHECK(changes_nothing(row.change));
    if (is_final(row.to) && row.change != Change::late) CHECK(row.effect == Effect::none);
    CHECK((moves && row.to == S::accepted) == false);
    // What only a rule of ours may do (P11, P12), and only to what nobody has sent.
    if (moves && row.to == S::refused) CHECK((row.from == S::accepted && row.input == I::number_taken));
    if (moves && row.input == I::close_held) CHECK((row.from == S::accepted && row.to == S::closed));
    // Success, decline and reversal are told by the channel only, a close by the channel or by its never having heard
    // of what may not be sent any more (P20): never by a timer, never by asking for it (P12).
    if (moves && row.to == S::succeeded) CHECK(row.input == I::succeeded);
    if (moves && row.to == S::declined) CHECK(row.input == I::declined);
    if (moves && row.to == S::reversed) CHECK(row.input == I::reversed);
    if (moves && row.to == S::closed && row.input != I::close_held) {
      CHECK((row.input == I::closed || row.input == I::unheard_expired));
    }
    // Unknown is left by an answer of the channel alone.
    if (row.from == S::unknown && moves) CHECK(is_answer(row.input));
    if (row.from == S::unknown && (row.input == I::unanswered || row.input == I::unheard_early))
      CHECK(row.to == row.from);
    // Money is asked for only when the intent is fresh or the channel can no longer have heard of it (P18, P21).
    if (row.effect == Effect::charge) CHECK((row.input == I::requested || row.input == I::unheard));
    // It goes back only when a success meets an attempt that ended without money (P13).
    CHECK((row.change == Change::late) == (row.effect == Effect::give_back));
    CHECK((row.change == Change::late) ==
          (row.input == I::succeeded && (row.from == S::declined || row.from == S::closed)));
    CHECK((row.effect == Effect::end_now) == (row.input == I::close_requested && row.change == Change::stays));
    // Whoever is left in an open state is asked about again.
    if (moves && !is_final(row.to)) CHECK(row.effect != Effect::none);
    if (row.change == Change::stays) CHECK(row.effect != Effect::none);
    // A replayed record changes nothing (P11), and an attempt's answer cannot be true before it was sent (P18).
    if (row.from != S::accepted && (row.input == I::requested || row.input == I::requested_stale)) {
      CHECK(row.change == Change::nothing);
    }
    if (row.from == S::accepted && is_answer(row.input)) CHECK(row.change == Change::contradicts);
  }
}

TEST_CASE("every transition keeps sequence, times, codes and debts in order") {
  const bool with_url = GENERATE(true, false);
  for (const auto& row : state_table()) {
    INFO(name_of(row.from) << " x " << name_of(row.input) << (with_url ? " told" : " not told"));
    auto before = payment_in(row.from);
    if (!with_url) before.callback_url.clear();
    const auto [after, effect, change] = apply(before, row.input);
    const bool moved = change == Change::moves;
    const bool close_asked = row.input == I::close_requested && change == Change::stays;
    CHECK(change == row.change);
    CHECK(effect == row.effect);
    CHECK(after.state == row.to);
    CHECK(after.sequence == before.sequence + (moved || close_asked ? 1 : 0));
    CHECK(after.updated_at_ms == (moved || close_asked ? now : before.updated_at_ms));
    CHECK(after.created_at_ms == before.created_at_ms);
    CHECK(after.expires_at_ms == before.expires_at_ms);
    CHECK(after.amount == before.amount);
    CHECK(after.attempt == before.attempt);
    CHECK(after.sent_at_ms == (effect == Effect::charge ? now : before.sent_at_ms));  // P18
    if (effect == Effect::query_later || effect == Effect::end_now) CHECK(after.next_query_at_ms > now);
    if (effect == Effect::query_later) CHECK(after.queries == (moved ? 1 : before.queries + 1));
    CHECK((after.unknown_since_ms != 0) == (after.state == S::unknown));
    CHECK(after.sealed_code.empty() == is_final(after.state));  // P24
    CHECK((after.close == CloseState::asked) == close_asked);
    if (moved) {
      if (is_final(after.state)) CHECK(after.next_query_at_ms == 0);
      const bool owed = with_url && after.state != S::processing;
      CHECK((after.told_sequence < after.sequence) == owed);
      CHECK(after.next_tell_at_ms == (owed ? now : 0));
      CHECK(after.tell_attempts == 0);
    } else {
      CHECK(after.told_sequence == after.sequence);  // everything was told before, and nothing new is owed
      CHECK(after.next_tell_at_ms == before.next_tell_at_ms);
    }
    if (changes_nothing(change)) CHECK(same(after, before));
  }
}

TEST_CASE("a fresh intent is charged, one that lay around is asked about first") {
  PaymentRequested intent;
  intent.accepted_at_ms = now - 3;
  intent.expires_at_ms = now + 60'000;
  intent.sealed_code = "sealed";
  const auto payment = payment_from(intent, 1, 42);
  CHECK(payment.state == S::accepted);
  CHECK(payment.sequence == 0);
  CHECK(payment.created_at_ms == now - 3);
  CHECK(payment.partition == 1);
  CHECK(payment.log_offset == 42);

  const auto fresh = transition(payment, I::requested, nullptr, now, 0);
  CHECK(fresh.next.state == S::processing);
  CHECK(fresh.next.sequence == 1);
  CHECK(fresh.next.told_sequence == 1);
  CHECK(fresh.effect == Effect::charge);
  CHECK(fresh.next.sent_at_ms == now);

  const auto stale = transition(payment, I::requested_stale, nullptr, now, 0);
  CHECK(stale.effect == Effect::query_now);
  CHECK(stale.next.sent_at_ms == 0);
}

TEST_CASE("past expires_at nothing is sent, whatever the caller says (P20)") {
  auto accepted = payment_in(S::accepted);
  accepted.expires_at_ms = now;
  CHECK(transition(accepted, I::requested, nullptr, now, 0).effect == Effect::query_now);
  for (const auto state : {S::processing, S::unknown}) {
    auto payment = payment_in(state);
    payment.expires_at_ms = now;
    const auto end = transition(payment, I::unheard, nullptr, now, 0);
    CHECK(end.next.state == S::closed);
    CHECK(end.next.decline_code == "expired");
    CHECK(end.effect == Effect::none);
  }
}

TEST_CASE("an answer fills in only what it may") {
  const auto answer = answer_of(ChannelVerdict::succeeded);
  const auto processing = payment_in(S::processing);
  const auto succeeded = transition(processing, I::succeeded, &answer, now, 0).next;
  CHECK(succeeded.channel_reference == "ref-1");
  CHECK(succeeded.decline_code.empty());
  CHECK(succeeded.code_url.empty());
  CHECK(transition(processing, I::declined, &answer, now, 0).next.decline_code == "insufficient_funds");
  CHECK(transition(processing, I::awaiting_payer, &answer, now, 0).next.code_url == answer.code_url);
  const auto mismatched = transition(processing, I::mismatched, &answer, now, 0).next;  // P23
  CHECK(mismatched.state == S::unknown);
  CHECK(mismatched.channel_reference.empty());
  CHECK(mismatched.code_url.empty());
  CHECK(mismatched.decline_code == answer_differs);
  CHECK(mismatched.unknown_since_ms == now);
}

TEST_CASE("unheard means something only after everything late has arrived (P21)") {
  const ChannelTimes times{2'000};
  const auto unheard = answer_of(ChannelVerdict::unheard);
  auto payment = payment_in(S::processing);
  payment.sent_at_ms = now - 1'999;
  CHECK(classify(payment, unheard, now, times) == I::unheard_early);
  payment.sent_at_ms = now - 2'000;
  CHECK(classify(payment, unheard, now, times) == I::unheard);
  payment.expires_at_ms = now;
  CHECK(classify(payment, unheard, now, times) == I::unheard_expired);
  payment.sent_at_ms = now - 1'000;
  CHECK(classify(payment, unheard, now, times) == I::unheard_early);
  payment.sent_at_ms = 0;  // nobody can have sent it
  CHECK(classify(payment, unheard, now, times) == I::unheard_expired);
  payment.expires_at_ms = now + 1;
  CHECK(classify(payment, unheard, now, times) == I::unheard);
}

TEST_CASE("the other verdicts are inputs by themselves") {
  const auto payment = payment_in(S::processing);
  const auto classified = [&](ChannelVerdict verdict) { return classify(payment, answer_of(verdict), now, {}); };
  CHECK(classified(ChannelVerdict::succeeded) == I::succeeded);
  CHECK(classified(ChannelVerdict::declined) == I::declined);
  CHECK(classified(ChannelVerdict::awaiting_payer) == I::awaiting_payer);
  CHECK(classified(ChannelVerdict::closed) == I::closed);
  CHECK(classified(ChannelVerdict::reversed) == I::reversed);
  CHECK(classified(ChannelVerdict::unanswered) == I::unanswered);
  CHECK(classified(ChannelVerdict::mismatched) == I::mismatched);
}
