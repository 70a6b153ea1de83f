// The checker's judgement, fed by hand: facts of a sound recovery raise nothing, and each difference planted in them is
// named by its kind and by nothing else that does not follow from it.
#include "tests/chaos/invariants.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <set>

using namespace acq::test;

namespace {

/// Two partitions: one payment succeeded, one declined, one alias of the first, one close.
Facts sound() {
  Facts facts;
  facts.promises = {{"o-1", 1'000, "pay_1"}, {"o-2", 1'051, "pay_2"}, {"o-1", 1'000, "pay_3"}};
  StoredPayment paid;
  paid.id = "pay_1";
  paid.number = "o-1";
  paid.state = "succeeded";
  paid.amount = 1'000;
  paid.sequence = paid.told_sequence = 2;
  paid.calls_back = true;
  StoredPayment declined = paid;
  declined.id = "pay_2";
  declined.number = "o-2";
  declined.state = "declined";
  declined.amount = 1'051;
  declined.partition = 1;
  facts.payments = {paid, declined};
  facts.rows = {{"pay_1", "payments"},
                {"pay_2", "payments"},
                {"pay_3", "payment_aliases", "pay_1"},
                {"pay_4", "intent_verdicts"}};
  facts.log = {{0, 0, "pay_1"}, {0, 1, "pay_3"}, {0, 2, "pay_1"}, {1, 0, "pay_2"}, {1, 1, "pay_4"}};
  facts.positions = {{0, 3, 3, 3}, {1, 2, 2, 2}};
  facts.orders = {{"o-1", {1, 1, 1'000, 0}}, {"o-2", {0, 1, 0, 0}}};
  facts.channel = {1, 2, 1'000, 0};
  facts.told = {{"evt_1", "pay_1", "succeeded"}, {"evt_2", "pay_2", "declined"}};
  return facts;
}

std::set<std::string> kinds_after(const std::function<void(Facts&)>& plant) {
  Facts facts = sound();
  plant(facts);
  std::set<std::string> kinds;
  for (const auto& one : judge(facts, {})) kinds.insert(one.kind);
  return kinds;
}

using Kinds = std::set<std::string>;

}  // namespace

TEST_CASE("A sound recovery has no violation") {
  CHECK(words_of(judge(sound(), {})).empty());
}

TEST_CASE("Every difference is named by its kind") {
  CHECK(kinds_after([](Facts& f) { f.unsettled = "one is not final; "; }) == Kinds{"unsettled"});
  CHECK(kinds_after([](Facts& f) { f.promises.push_back({"o-9", 5, "pay_9"}); }) == Kinds{"lost"});
  CHECK(kinds_after([](Facts& f) {
          f.promises.push_back({"o-9", 5, "pay_9"});
          f.rows.push_back({"pay_9", "dead_letters"});
        }) == Kinds{"parked"});
  CHECK(kinds_after([](Facts& f) { f.promises[0].amount = 999; }) == Kinds{"books_differ"});
  CHECK(kinds_after([](Facts& f) { f.promises[0].number = "o-2"; }) == Kinds{"books_differ"});
  CHECK(kinds_after([](Facts& f) {
          f.payments.push_back(f.payments[1]);
          f.payments.back().id = "pay_4";
          f.told.push_back({"evt_3", "pay_4", "declined"});
        }) == Kinds{"doubled"});
  CHECK(kinds_after([](Facts& f) {
          f.orders["o-1"].kept = 2;
          f.channel.charged_amount = 2'000;
        }) == Kinds{"charged_twice", "books_differ"});
  CHECK(kinds_after([](Facts& f) { f.orders["o-2"].kept = 1; }) == Kinds{"books_differ"});
  CHECK(kinds_after([](Facts& f) { f.orders["o-1"].kept = 0; }) == Kinds{"books_differ"});
  CHECK(kinds_after([](Facts& f) { f.channel.charged_amount += 7; }) == Kinds{"books_differ"});
  CHECK(kinds_after([](Facts& f) { f.channel.refunded_amount = 1'000; }) == Kinds{"books_differ"});
  CHECK(kinds_after([](Facts& f) { f.open_gates = 1; }) == Kinds{"books_differ"});
  CHECK(kinds_after([](Facts& f) { f.orders["o-1"].requests = 2; }) == Kinds{"sent_twice"});
  CHECK(kinds_after([](Facts& f) { f.told.pop_back(); }) == Kinds{"not_told"});
  CHECK(kinds_after([](Facts& f) { f.told[0].state = "awaiting_payer"; }) == Kinds{"not_told"});
  CHECK(kinds_after([](Facts& f) { f.told[0].changed = true; }) == Kinds{"told_wrong"});
  CHECK(kinds_after([](Facts& f) { f.positions[0].next_offset = 2; }) == Kinds{"cursor"});
  CHECK(kinds_after([](Facts& f) { f.log.push_back({0, 2, "pay_8"}); }) == Kinds{"no_row"});
  CHECK(kinds_after([](Facts& f) { f.rows.push_back({"pay_2", "dead_letters"}); }) == Kinds{"two_rows"});
  CHECK(kinds_after([](Facts& f) { f.payments[0].told_sequence = 1; }) == Kinds{"forgotten"});
  CHECK(kinds_after([](Facts& f) {
          f.payments[0].told_sequence = 1;
          f.payments[0].has_open_row = true;
        }).empty());
  CHECK(kinds_after([](Facts& f) {
          f.payments[0].told_sequence = 1;
          f.positions[0].watermark = 0;
        }).empty());
  CHECK(kinds_after([](Facts& f) { f.incidents.push_back("mismatch: x"); }) == Kinds{"incident"});
  CHECK(kinds_after([](Facts& f) { f.dead_letters.push_back("undecodable: x"); }) == Kinds{"dead_letter"});
  CHECK(kinds_after([](Facts& f) { f.unaccounted = "1 missing"; }) == Kinds{"unaccounted"});
}

TEST_CASE("What was expected is no violation, and its absence is one") {
  Facts facts = sound();
  facts.incidents = {"contradiction: x"};
  facts.dead_letters = {"undecodable: x"};
  CHECK(judge(facts, {.incidents = 1, .dead_letters = 1}).empty());
  CHECK(has(judge(sound(), {.incidents = 1}), "incident"));
  CHECK(has(judge(sound(), {.dead_letters = 1}), "dead_letter"));
  Facts again = sound();
  again.told[0].changed = true;
  CHECK(judge(again, {.rebuilt = true}).empty());
}

TEST_CASE("Money that was taken late and went back is kept by nobody") {
  Facts facts = sound();
  facts.orders["o-2"] = {0, 1, 1'051, 1'051};
  facts.channel.charged_amount += 1'051;
  facts.channel.refunded_amount += 1'051;
  CHECK(judge(facts, {}).empty());
}
