// The fold of offers and their ends: what counts as refused decides who is charged again by a replay (P5).
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "common/journal/offers.hpp"
#include "common/limits.hpp"

namespace {
using namespace acq;
using namespace acq::journal;
using enum RecordType;

RawId id_of(std::uint8_t number) {
  RawId id{};
  id[15] = number;
  return id;
}
Record record(RecordType type, std::uint8_t id, std::int64_t at_ms) {
  return {type, at_ms, id_of(id), 1, type == offered ? "{}" : ""};
}
OfferFate fate(std::vector<Record> records) {
  OfferLedger ledger;
  for (const auto& each : records) ledger.add(each);
  return ledger.find(records.front().intent_id)->fate();
}
}  // namespace

TEST_CASE("offers: one offer ends as its end says, and without an end it is unknown") {
  CHECK(fate({record(offered, 1, 100)}) == OfferFate::unknown);
  CHECK(fate({record(offered, 1, 100), record(unknown, 1, 200)}) == OfferFate::unknown);
  CHECK(fate({record(offered, 1, 100), record(persisted, 1, 200)}) == OfferFate::persisted);
  CHECK(fate({record(offered, 1, 100), record(refused, 1, 200)}) == OfferFate::refused);
}

TEST_CASE("offers: an id is refused only when every offer of it was, on whichever gateway and in whatever order") {
  std::vector<Record> all{record(offered, 1, 100), record(refused, 1, 200), record(offered, 1, 9'000)};
  const auto by_time = [](const Record& a, const Record& b) { return a.unix_ms < b.unix_ms; };
  do {
    CHECK(fate(all) == OfferFate::unknown);
  } while (std::next_permutation(all.begin(), all.end(), by_time));
  all.push_back(record(refused, 1, 9'500));
  std::sort(all.begin(), all.end(), by_time);
  do {
    CHECK(fate(all) == OfferFate::refused);
  } while (std::next_permutation(all.begin(), all.end(), by_time));
  all.push_back(record(persisted, 1, 9'600));
  CHECK(fate(all) == OfferFate::persisted);
}

TEST_CASE("offers: a record written again to the next segment counts once") {
  OfferLedger ledger;
  ledger.add(record(offered, 1, 100), 7);
  ledger.add(record(offered, 1, 100), 8);
  ledger.add(record(refused, 1, 200), 8);
  const auto* offer = ledger.find(id_of(1));
  REQUIRE(offer != nullptr);
  CHECK(offer->offers == 1);
  CHECK(offer->segment == 7);
  CHECK(offer->fate() == OfferFate::refused);
  // One refusal read twice does not stand for two.
  OfferLedger doubled;
  for (const auto at : {100, 9'000}) doubled.add(record(offered, 1, at));
  for (int i = 0; i < 2; ++i) doubled.add(record(refused, 1, 200));
  CHECK(doubled.find(id_of(1))->fate() == OfferFate::unknown);
}

TEST_CASE("offers: the window is the last offer's") {
  OfferLedger ledger;
  ledger.add(record(offered, 1, 100));
  ledger.add(record(offered, 1, 50'000));
  const auto* offer = ledger.find(id_of(1));
  CHECK(offer->first_offered_ms == 100);
  CHECK_FALSE(offer->window_over(50'000 + limits::offer_window_ms));
  CHECK(offer->window_over(50'001 + limits::offer_window_ms));
}

TEST_CASE("offers: totals are by distinct id and by the time of the first offer") {
  OfferLedger ledger;
  ledger.add(record(offered, 1, 100));
  ledger.add(record(offered, 1, 8'000));
  ledger.add(record(persisted, 1, 8'010));
  ledger.add(record(offered, 2, 200));
  ledger.add(record(refused, 2, 210));
  ledger.add(record(offered, 3, 300));
  const auto all = ledger.totals();
  CHECK(all.offered == 3);
  CHECK(all.persisted == 1);
  CHECK(all.refused == 1);
  CHECK(all.unknown == 1);
  const auto some = ledger.totals(200, 300);
  CHECK(some.offered == 1);
  CHECK(some.refused == 1);
  CHECK(ledger.erase(id_of(2)));
  CHECK_FALSE(ledger.erase(id_of(2)));
  CHECK(ledger.size() == 2);
}

TEST_CASE("offers: ends whose offer lies elsewhere stand for themselves") {
  CHECK(fate({record(persisted, 1, 100)}) == OfferFate::persisted);
  CHECK(fate({record(refused, 1, 100)}) == OfferFate::refused);
}
