// The doctor's judgements: what is ok, what warns, what fails, and that a fix stands beside each finding.
#include "settlement/operations/doctor.hpp"

#include <catch2/catch.hpp>

using namespace acq::settlement::operations;

namespace {

PartitionStanding fine() {
  PartitionStanding one;
  one.partition = 1;
  one.next_offset = 100;
  one.log_first = 0;
  one.log_end = 120;
  one.owner = "settlement-1";
  one.lease_left_ms = 9'000;
  return one;
}

Health judged(const PartitionStanding& one) {
  const auto check = judge_partition(one);
  INFO(check.detail);
  CHECK(check.fix.empty() == (check.health == Health::ok));
  return check.health;
}

}  // namespace

TEST_CASE("A partition is fine when it is owned, read, and not stopped") {
  CHECK(judged(fine()) == Health::ok);
  auto one = fine();
  one.stopped_by = 7;
  CHECK(judged(one) == Health::fail);
  CHECK(judge_partition(one).fix.find("acq incident resolve 7") != std::string::npos);
  one = fine();
  one.lease_left_ms = 0;
  CHECK(judged(one) == Health::fail);
  one = fine();
  one.log_first = 101;
  CHECK(judged(one) == Health::fail);
  one = fine();
  one.log_end = 99;
  CHECK(judged(one) == Health::fail);
  one = fine();
  one.log_end = -1;
  CHECK(judged(one) == Health::warn);
  one = fine();
  one.log_end = 100'000;
  CHECK(judged(one) == Health::warn);
}

TEST_CASE("Headroom is what retention leaves the oldest unread record") {
  constexpr std::int64_t now = 1'800'000'000'000;
  constexpr std::int64_t day = 86'400'000;
  CHECK(judge_headroom(0, 0, day, now).health == Health::ok);
  CHECK(judge_headroom(0, now - day, -1, now).health == Health::ok);
  CHECK(judge_headroom(0, now - day / 4, day, now).health == Health::ok);
  CHECK(judge_headroom(0, now - day * 6 / 10, day, now).health == Health::warn);
  CHECK(judge_headroom(0, now - day * 9 / 10, day, now).health == Health::fail);
  CHECK(judge_headroom(0, now - 2 * day, day, now).health == Health::fail);
}

TEST_CASE("Clocks that are more than 2 s apart fail in either direction (P15)") {
  CHECK(judge_clock(1'000'000, 1'000'100).health == Health::ok);
  CHECK(judge_clock(1'000'000, 1'001'000).health == Health::warn);
  CHECK(judge_clock(1'000'000, 1'002'001).health == Health::fail);
  CHECK(judge_clock(1'002'001, 1'000'000).health == Health::fail);
}

TEST_CASE("What waits for an operator warns, and says where to look") {
  CHECK(judge_count("incidents", 0, "open incidents", "acq incident list").health == Health::ok);
  const auto some = judge_count("incidents", 2, "open incidents", "acq incident list");
  CHECK(some.health == Health::warn);
  CHECK(some.detail == "2 open incidents");
  CHECK(some.fix == "acq incident list");
  CHECK(judge_count("incidents", -1, "open incidents", "acq incident list").health == Health::warn);
}
