// The balance of the witness (P5), with a control for each difference: a balance that cannot fail proves nothing.
#include "settlement/operations/account_for.hpp"

#include <catch2/catch.hpp>

using namespace acq;
using namespace acq::settlement::operations;

namespace {

Accountable one(std::uint8_t number, IntentVerdict verdict, bool final = true) {
  Accountable it;
  it.intent_id.bytes[15] = number;
  it.partition = number % 2;
  it.verdict = verdict;
  it.final = final;
  it.open = !final;
  if (verdict == IntentVerdict::applied) it.number = "shop/order-" + std::to_string(number);
  return it;
}

std::vector<Accountable> clean() {
  std::vector<Accountable> all;
  all.push_back(one(1, IntentVerdict::applied));
  all.push_back(one(2, IntentVerdict::applied, false));
  all.push_back(one(3, IntentVerdict::alias));
  all.push_back(one(4, IntentVerdict::refused));
  all.push_back(one(5, IntentVerdict::parked, false));
  all.push_back(one(6, IntentVerdict::held, false));
  all.push_back(one(7, IntentVerdict::absent));
  all.back().refused = true;
  all.push_back(one(8, IntentVerdict::absent));
  all.back().on_log = true;
  all.push_back(one(9, IntentVerdict::absent));
  all.back().young = true;
  return all;
}

/// "missing 10": the one difference, and whose.
std::string difference_of(const std::vector<Accountable>& all) {
  const auto sum = balance(all);
  CHECK_FALSE(sum.holds());
  std::string words;
  for (const auto& differing : sum.differences) {
    if (!words.empty()) words += ", ";
    words += std::string(name_of(differing.difference)) + " " + std::to_string(differing.intent_id.bytes[15]);
  }
  return words;
}

}  // namespace

TEST_CASE("A balance counts each intent id once, under what became of it") {
  const auto sum = balance(clean());
  CHECK(sum.offered == 8);
  CHECK(sum.refused == 1);
  CHECK(sum.stored == 4);
  CHECK(sum.aliases == 1);
  CHECK(sum.parked == 2);
  CHECK(sum.unread == 1);
  CHECK(sum.waiting == 1);
  CHECK(sum.final == 3);
  CHECK(sum.open == 1);
  CHECK(sum.stored == sum.final + sum.open);
  CHECK(sum.offered - sum.refused == sum.stored + sum.parked + sum.unread);
  CHECK(sum.differences.empty());
  CHECK(sum.holds());
}

TEST_CASE("Each way to be out of balance is named with its id") {
  auto all = clean();
  SECTION("a lost one") {
    all.push_back(one(10, IntentVerdict::absent));
    CHECK(difference_of(all) == "missing 10");
    CHECK(plan_for(Difference::missing, all.back().intent_id) == "acq replay --from-witness --only " +
                                                                     PaymentId{all.back().intent_id.bytes}.text() +
                                                                     " --apply --reason TEXT");
  }
  SECTION("one whose every offer was refused is stored all the same") {
    all.push_back(one(11, IntentVerdict::applied));
    all.back().refused = true;
    CHECK(difference_of(all) == "refused_stored 11");
  }
  SECTION("one whose every offer was refused lies on the log") {
    all.push_back(one(11, IntentVerdict::absent));
    all.back().refused = true;
    all.back().on_log = true;
    CHECK(difference_of(all) == "refused_stored 11");
  }
  SECTION("a doubled one: two payments under one merchant and number") {
    all.push_back(one(12, IntentVerdict::applied));
    all.back().number = all.front().number;
    CHECK(difference_of(all) == "doubled 1, doubled 12");
  }
  SECTION("stored, and no witness knows it") {
    all.push_back(one(13, IntentVerdict::applied));
    all.back().witnessed = false;
    CHECK(difference_of(all) == "not_witnessed 13");
  }
  SECTION("parked, and no witness knows it") {
    all.push_back(one(13, IntentVerdict::parked));
    all.back().witnessed = false;
    CHECK(difference_of(all) == "not_witnessed 13");
  }
}

TEST_CASE("One lost and one stored unwitnessed do not cancel out: ids are compared, not counts") {
  auto all = clean();
  all.push_back(one(10, IntentVerdict::absent));
  all.push_back(one(11, IntentVerdict::applied));
  all.back().witnessed = false;
  CHECK(difference_of(all) == "missing 10, not_witnessed 11");
}

TEST_CASE("A young intent that is stored already counts as stored, not as waiting") {
  auto all = clean();
  all.push_back(one(14, IntentVerdict::applied));
  all.back().young = true;
  const auto sum = balance(all);
  CHECK(sum.holds());
  CHECK(sum.stored == 5);
  CHECK(sum.waiting == 1);
}

TEST_CASE("The digest of a balance tells numbers and ids apart") {
  auto lost = clean();
  lost.push_back(one(10, IntentVerdict::absent));
  auto other = clean();
  other.push_back(one(15, IntentVerdict::absent));
  CHECK(digest_of(balance(clean())) == digest_of(balance(clean())));
  CHECK(digest_of(balance(clean())) != digest_of(balance(lost)));
  CHECK(digest_of(balance(other)) != digest_of(balance(lost)));
}
