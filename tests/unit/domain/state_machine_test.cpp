// The table, state by input, and what transition() does with each cell.
#include "common/domain/state_machine.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "common/domain/schedule.hpp"

using namespace acq;

namespace {

using S = PaymentState;
using I = Input;

constexpr std::int64_t now = 1'800'000'000'000;

Payment payment_in(S state) {
  Payment payment;
  payment.payment_id = make_payment_id(now - 5'000, 7, 7);
  payment.merchant_order_id = "order-1";
  payment.amount = 100;
  payment.method = MethodType::barcode;
  payment.state = state;
  payment.sequence = state == S::accepted ? 0 : 3;
  payment.told_sequence = payment.sequence;
  payment.created_at_ms = now - 5'000;
  payment.updated_at_ms = now - 4'000;
  payment.expires_at_ms = now + 60'000;
  payment.callback_url = "https://shop.example/callbacks";
  payment.sealed_code = "sealed";
  if (state == S::unknown) {
    payment.unknown_since_ms = now - 3'000;
    payment.next_query_at_ms = now;
    payment.queries = 2;
  }
  return payment;
}

ChannelAnswer answer_of(ChannelVerdict verdict) {
  ChannelAnswer answer;
  answer.verdict = verdict;
  answer.decline_code = "insufficient_funds";
  answer.code_url = "https://channel.example/qr/1";
  answer.channel_reference = "ref-1";
  return answer;
}

Transition apply(const Payment& payment, I input) {
  const auto answer = answer_of(ChannelVerdict::unanswered);
  return transition(payment, input, &answer, now, 0.5);
}

/// Every cell written down a second time, by hand. Cells: the target's first letter where the state moves, s stays,
/// . nothing, ! contradicts. Effects: c charge, n query_now, l query_later, - none.
struct Expected {
  S from;
  std::string_view cells;
  std::string_view effects;
};
// Inputs, in order: requested, stale, number_taken, succeeded, declined, awaiting_payer, unanswered, mismatched,
// unheard_early, unheard, unheard_expired.
constexpr Expected expected[] = {
    {S::accepted, "PPR!!!!!!!!", "cn---------"},       {S::processing, "..!SDAUUUsC", "-----llllc-"},
    {S::awaiting_payer, "..!SDssUsUU", "-----llllll"}, {S::succeeded, "..!.!..!...", "-----------"},
    {S::declined, "..!!...!...", "-----------"},       {S::closed, "..!!.!.!...", "-----------"},
    {S::refused, "...!!!.!...", "-----------"},        {S::unknown, "..!SDAssssC", "-----llllc-"},
};

char letter(const StateRow& row) {
  switch (row.change) {
    case Change::moves:
      return static_cast<char>(name_of(row.to).front() - 'a' + 'A');
    case Change::stays:
      return 's';
    case Change::nothing:
      return '.';
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
  }
  return '?';
}

}  // namespace

TEST_CASE("every state meets every input exactly once") {
  std::set<std::pair<S, I>> seen;
  for (const auto& row : state_table()) CHECK(seen.emplace(row.from, row.input).second);
  CHECK(seen.size() == all_payment_states.size() * input_count);
  CHECK(state_table().size() == seen.size());
  for (const auto& row : state_table()) CHECK(&row_of(row.from, row.input) == &row);
}

TEST_CASE("every cell is the one that was thought through") {
  for (const auto& [from, cells, effects] : expected) {
    std::string found;
    std::string found_effects;
    for (std::size_t i = 0; i < input_count; ++i) {
      const auto& row = row_of(from, static_cast<I>(i));
      found += letter(row);
      found_effects += letter(row.effect);
    }
    INFO(name_of(from));
    CHECK(found == cells);
    CHECK(found_effects == effects);
  }
}

TEST_CASE("every cell keeps the rules of the machine") {
  for (const auto& row : state_table()) {
    INFO(name_of(row.from) << " x " << name_of(row.input));
    if (row.change != Change::moves) CHECK(row.to == row.from);
    if (row.change == Change::moves) CHECK(row.to != row.from);
    if (row.change == Change::nothing || row.change == Change::contradicts) CHECK(row.effect == Effect::none);
    if (is_final(row.from)) CHECK((row.change == Change::nothing || row.change == Change::contradicts));
    if (is_final(row.to)) CHECK(row.effect == Effect::none);
    if (row.to == S::accepted) CHECK(row.from == S::accepted);
    if (row.to == S::refused && row.change == Change::moves) CHECK(row.input == I::number_taken);
    // Success and decline are told by the channel only, never by a timer.
    if (row.change == Change::moves && row.to == S::succeeded) CHECK(row.input == I::succeeded);
    if (row.change == Change::moves && row.to == S::declined) CHECK(row.input == I::declined);
    if (row.change == Change::moves && row.to == S::closed) CHECK(row.input == I::unheard_expired);
    // Money is asked for only when the intent is fresh or the channel can no longer have heard of it.
    if (row.effect == Effect::charge) CHECK((row.input == I::requested || row.input == I::unheard));
    // Whoever is left in an open state is asked about again.
    if (row.change == Change::moves && !is_final(row.to)) CHECK(row.effect != Effect::none);
  }
}

TEST_CASE("every transition keeps sequence, times, codes and debts in order") {
  const bool with_url = GENERATE(true, false);
  for (const auto& row : state_table()) {
    INFO(name_of(row.from) << " x " << name_of(row.input) << (with_url ? " told" : " not told"));
    auto before = payment_in(row.from);
    if (!with_url) before.callback_url.clear();
    const auto [after, effect, change] = apply(before, row.input);
    CHECK(change == row.change);
    CHECK(effect == row.effect);
    CHECK(after.state == row.to);
    CHECK(after.sequence == before.sequence + (change == Change::moves ? 1 : 0));
    CHECK(after.updated_at_ms == (change == Change::moves ? now : before.updated_at_ms));
    CHECK(after.created_at_ms == before.created_at_ms);
    CHECK(after.amount == before.amount);
    if (effect == Effect::charge) {
      CHECK(after.sent_at_ms == now);
    } else {
      CHECK(after.sent_at_ms == before.sent_at_ms);
    }
    if (effect == Effect::query_later) {
      CHECK(after.next_query_at_ms > now);
      CHECK(after.queries == (change == Change::moves ? 1 : before.queries + 1));
    }
    CHECK((after.unknown_since_ms != 0) == (after.state == S::unknown));
    if (change == Change::moves) {
      CHECK(after.sealed_code.empty() == is_final(after.state));
      if (is_final(after.state)) CHECK(after.next_query_at_ms == 0);
      const bool owed = with_url && after.state != S::processing;
      CHECK((after.told_sequence < after.sequence) == owed);
      CHECK(after.next_tell_at_ms == (owed ? now : 0));
      CHECK(after.tell_attempts == 0);
    }
    if (change == Change::moves && after.state == S::refused) CHECK(after.decline_code == "fields_differ");  // P11
    if (change == Change::nothing || change == Change::contradicts) {
      CHECK(after.next_query_at_ms == before.next_query_at_ms);
      CHECK(after.told_sequence == before.told_sequence);
      CHECK(after.channel_reference == before.channel_reference);
    }
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
  CHECK(mismatched.decline_code.empty());
  CHECK(mismatched.unknown_since_ms == now);
}

TEST_CASE("an answer of another attempt decides nothing (P13)") {
  auto payment = payment_in(S::processing);
  payment.attempt = 2;
  const auto result = apply(payment, I::succeeded);
  CHECK(result.change == Change::contradicts);
  CHECK(result.next.state == S::processing);
  CHECK(result.effect == Effect::none);
}

TEST_CASE("a repeated charge keeps the clock of unknown running") {
  const auto before = payment_in(S::unknown);
  const auto result = apply(before, I::unheard);
  CHECK(result.effect == Effect::charge);
  CHECK(result.next.next_query_at_ms > now);
  CHECK(result.next.queries == before.queries);
  CHECK(result.next.unknown_since_ms == before.unknown_since_ms);
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
  CHECK(classified(ChannelVerdict::unanswered) == I::unanswered);
  CHECK(classified(ChannelVerdict::mismatched) == I::mismatched);
}

TEST_CASE("an acknowledged callback settles what it told, and no more") {
  auto payment = payment_in(S::succeeded);
  payment.sequence = 4;
  payment.told_sequence = 1;
  payment.tell_attempts = 3;
  payment.next_tell_at_ms = now - 1;
  CallbackAnswer answer;
  answer.verdict = CallbackVerdict::acknowledged;

  answer.sequence = 4;
  const auto told = apply_callback(payment, answer, now, 0);
  CHECK(told.told_sequence == 4);
  CHECK(told.tell_attempts == 0);
  CHECK(told.next_tell_at_ms == 0);
  CHECK_FALSE(told.is_open());

  answer.sequence = 3;  // the payment has moved on since
  const auto partly = apply_callback(payment, answer, now, 0);
  CHECK(partly.told_sequence == 3);
  CHECK(partly.next_tell_at_ms == now);
  CHECK(partly.is_open());

  answer.sequence = 1;  // told before
  const auto again = apply_callback(payment, answer, now, 0);
  CHECK(again.told_sequence == 1);
  CHECK(again.tell_attempts == 3);

  answer.sequence = 99;  // cannot acknowledge what was never told
  CHECK(apply_callback(payment, answer, now, 0).told_sequence == 4);
}

TEST_CASE("a failed callback is tried later, as the schedule or the merchant says") {
  auto payment = payment_in(S::succeeded);
  payment.told_sequence = payment.sequence - 1;
  CallbackAnswer answer;
  answer.sequence = payment.sequence;
  const auto first = apply_callback(payment, answer, now, 0);
  CHECK(first.tell_attempts == 1);
  CHECK(first.next_tell_at_ms == now + 5'000);
  answer.retry_after_ms = 60'000;
  CHECK(apply_callback(payment, answer, now, 0).next_tell_at_ms == now + 60'000);
  answer.retry_after_ms = INT64_MAX;
  CHECK(apply_callback(payment, answer, now, 0).next_tell_at_ms == now + retry_after_ms_max);
  answer.retry_after_ms = -1;
  CHECK(apply_callback(payment, answer, now, 0).next_tell_at_ms == now + 5'000);

  payment.tell_attempts = 1'000;
  const auto parked = apply_callback(payment, answer, now, 0);
  CHECK(parked.next_tell_at_ms == parked_until_ms);
  CHECK(parked.is_open());
}

TEST_CASE("states have names, ends and next steps") {
  for (const auto state : all_payment_states) CHECK(payment_state_from_name(name_of(state)) == state);
  CHECK_FALSE(payment_state_from_name("reversed?"));
  CHECK(next_action(S::accepted) == "wait");
  CHECK(next_action(S::processing) == "wait");
  CHECK(next_action(S::awaiting_payer) == "wait");
  CHECK(next_action(S::unknown) == "query_after");
  CHECK(next_action(S::declined) == "retry_same_number");
  CHECK(next_action(S::closed) == "retry_same_number");
  CHECK(next_action(S::refused) == "use_new_number");
  CHECK(next_action(S::succeeded) == "none");
  CHECK(std::ranges::count_if(all_payment_states, is_final) == 4);
}
