// A merchant's rate and places: exact whatever the cores, and refused ones get a turn each.
#include "gateway/merchant_share.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <thread>
#include <vector>

using namespace acq;
using namespace acq::gateway;

namespace {

constexpr std::int64_t start_ns = 1'000 * second_ns;
constexpr std::int64_t ms = second_ns / 1000;

}  // namespace

TEST_CASE("a bucket holds a second's rate, and refills at that rate") {
  std::int64_t due_ns = 0;
  for (int i = 0; i < 10; ++i) {
    const auto taken = take_one(due_ns, start_ns, 10);
    CHECK(taken.allowed);
    CHECK(taken.left == 9 - i);
  }
  const auto empty = take_one(due_ns, start_ns, 10);
  CHECK_FALSE(empty.allowed);
  CHECK(empty.wait_ns == 100 * ms);
  CHECK(empty.full_ns == second_ns);
  CHECK_FALSE(take_one(due_ns, start_ns + empty.wait_ns - 1, 10).allowed);
  CHECK(take_one(due_ns, start_ns + empty.wait_ns, 10).allowed);
  // Silence fills it, and no more than that.
  int taken = 0;
  while (take_one(due_ns, start_ns + 3'600 * second_ns, 10).allowed) ++taken;
  CHECK(taken == 10);
}

TEST_CASE("a sender at ten times its rate gets its rate, within the first second's bucket") {
  std::int64_t due_ns = 0;
  int allowed = 0;
  constexpr int rate = 200;
  for (std::int64_t i = 0; i < 10 * 10 * rate; ++i) {  // ten seconds
    allowed += take_one(due_ns, start_ns + i * second_ns / (10 * rate), rate).allowed ? 1 : 0;
  }
  CHECK(allowed >= 10 * rate);
  CHECK(allowed <= 11 * rate);
}

TEST_CASE("rates at their ends") {
  std::int64_t slow = 0;
  CHECK(take_one(slow, start_ns, 1).allowed);
  CHECK_FALSE(take_one(slow, start_ns + second_ns - 1, 1).allowed);
  CHECK(take_one(slow, start_ns + second_ns, 1).allowed);
  std::int64_t fast = 0;
  CHECK(take_one(fast, start_ns, 1'000'000).left == 999'999);
}

TEST_CASE("those who are refused together come back one after another at the pace of what becomes free") {
  std::int64_t line_ns = 0;
  constexpr std::int64_t pace = 10 * ms;
  std::set<std::int64_t> turns;
  std::int64_t last = 0;
  for (int i = 0; i < 500; ++i) {
    const auto turn = next_turn(line_ns, start_ns, second_ns, pace, 7);
    CHECK(turn >= second_ns);
    CHECK(turn > last);
    last = turn;
    turns.insert(turn);
  }
  CHECK(turns.size() == 500);
  CHECK(last == second_ns + 499 * pace);
  // Later the line has moved on.
  CHECK(next_turn(line_ns, start_ns + 60 * second_ns, second_ns, pace, 7) == second_ns);
}

TEST_CASE("nobody waits longer than the bound, and beyond it times are drawn apart") {
  std::int64_t line_ns = 0;
  std::set<std::int64_t> turns;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const auto turn = next_turn(line_ns, start_ns, second_ns, second_ns, i * 6'364'136'223'846'793'005ULL);
    CHECK(turn >= second_ns);
    CHECK(turn <= retry_after_ns_max);
    if (i >= 30) turns.insert(turn / second_ns);
  }
  CHECK(turns.size() >= 14);  // every second of the last half
}

TEST_CASE("creates, queries and changes of a merchant have buckets and places of their own") {
  MerchantShare share;
  REQUIRE(share.take(WorkKind::create, start_ns, 1).allowed);
  CHECK_FALSE(share.take(WorkKind::create, start_ns, 1).allowed);
  CHECK(share.take(WorkKind::query, start_ns, 1).allowed);
  CHECK(share.take(WorkKind::change, start_ns, 1).allowed);

  REQUIRE(share.enter(WorkKind::create, 1));
  CHECK_FALSE(share.enter(WorkKind::create, 1));
  CHECK(share.enter(WorkKind::query, 1));
  share.leave(WorkKind::create);
  CHECK(share.enter(WorkKind::create, 1));
}

TEST_CASE("a merchant's limit is one limit for all cores") {
  MerchantShares shares;
  const auto id = MerchantId::parse("mer_01jd3xk5e8e6nvhq4t9z5c2a7b").value();
  constexpr int threads = 4;
  constexpr int rate = 1'000;
  std::atomic<int> allowed{0};
  std::vector<std::thread> cores;
  for (int t = 0; t < threads; ++t) {
    cores.emplace_back([&] {
      MerchantShare& share = shares.of(id);
      for (std::int64_t i = 0; i < 10'000; ++i) {  // one second's time, by everybody's clock
        if (share.take(WorkKind::create, start_ns + i * 100'000, rate).allowed) ++allowed;
      }
    });
  }
  for (auto& core : cores) core.join();
  CHECK(allowed >= rate);
  CHECK(allowed <= 2 * rate);  // the bucket, and what a second refills
}
