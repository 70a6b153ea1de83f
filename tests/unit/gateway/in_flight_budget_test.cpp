// Who gets the last places: reserves by kind, loans between cores, and a bound on everything.
#include "gateway/in_flight_budget.hpp"

#include <catch2/catch.hpp>

using namespace acq::gateway;

namespace {

constexpr std::array every_kind{WorkKind::create, WorkKind::query, WorkKind::change, WorkKind::notification,
                                WorkKind::signature_check};

/// Takes places until there is none: how many.
std::size_t fill(InFlightBudget& budget, WorkKind kind) {
  std::size_t taken = 0;
  for (; budget.has_room(kind); ++taken) budget.take(kind);
  return taken;
}

}  // namespace

TEST_CASE("every route has its kind of work, and a new one by its method") {
  CHECK(kind_of(RouteId::create_payment) == WorkKind::create);
  CHECK(kind_of(RouteId::payment_by_id) == WorkKind::query);
  CHECK(kind_of(RouteId::refunds_of_payment) == WorkKind::query);
  CHECK(kind_of(RouteId::create_refund) == WorkKind::change);
  CHECK(kind_of(RouteId::close_by_number) == WorkKind::change);
  CHECK(kind_of(RouteId::channel_notification) == WorkKind::notification);
  CHECK(kind_of(Route{RouteId::none, "x", "POST", "/v1/signature-check"}) == WorkKind::signature_check);
  CHECK(kind_of(Route{RouteId::none, "x", "GET", "/v1/events"}) == WorkKind::query);
  CHECK(kind_of(Route{RouteId::none, "x", "DELETE", "/v1/callback-endpoints/{id}"}) == WorkKind::change);
}

TEST_CASE("a flood of one kind leaves every other its reserve") {
  for (const auto flood : every_kind) {
    GatewayLoad load(1, 100);
    InFlightBudget budget(load, 0, 10);
    const auto flooded = fill(budget, flood);
    INFO(name_of(flood) << " took " << flooded);
    CHECK(budget.crowded());
    CHECK_FALSE(budget.has_room(flood));
    // Its own reserve, and all that is anybody's (40); signature checks only half of that, and no reserve.
    const std::size_t wanted = flood == WorkKind::signature_check ? 20 : flood == WorkKind::create ? 70 : 50;
    CHECK(flooded == wanted);
    for (const auto other : every_kind) {
      if (other == flood || other == WorkKind::signature_check) continue;
      INFO(name_of(other));
      CHECK(fill(budget, other) >= (other == WorkKind::create ? 30U : 10U));
    }
    CHECK_FALSE(budget.has_room(WorkKind::signature_check));
    CHECK(load.in_flight() <= 100);
  }
}

TEST_CASE("what is given back can be taken again, whatever the order") {
  GatewayLoad load(1, 100);
  InFlightBudget budget(load, 0, 10);
  CHECK_FALSE(budget.crowded());
  for (int round = 0; round < 3; ++round) {
    CHECK(fill(budget, WorkKind::query) == 50);
    CHECK(fill(budget, WorkKind::create) == 30);
    CHECK(load.in_flight() == 80);
    for (int i = 0; i < 30; ++i) budget.give_back(WorkKind::create);
    for (int i = 0; i < 50; ++i) budget.give_back(WorkKind::query);
    CHECK(load.in_flight() == 0);
    CHECK_FALSE(budget.crowded());
  }
}

TEST_CASE("a core borrows what others leave unused, up to twice its part, and never takes another's own") {
  GatewayLoad load(4, 400);
  InFlightBudget busy(load, 0, 10);
  InFlightBudget other(load, 1, 10);
  // All creates on one core: its reserve, its shared places, and a loan as large as its part.
  CHECK(fill(busy, WorkKind::create) == 30 + 40 + 100);
  CHECK(fill(other, WorkKind::create) >= 70);
  // Own reserves are there however much was borrowed.
  CHECK(fill(other, WorkKind::query) >= 10);
  CHECK(busy.has_room(WorkKind::notification));
  CHECK(load.in_flight(WorkKind::create) >= 270);
}

TEST_CASE("nothing is borrowed when the gateway's budget is spent, and the sum stays within one and a half of it") {
  GatewayLoad load(2, 200);
  InFlightBudget first(load, 0, 10);
  InFlightBudget second(load, 1, 10);
  CHECK(fill(first, WorkKind::create) == 170);  // the other one idles
  CHECK(fill(second, WorkKind::create) == 70);  // its own, and no loan
  for (const auto kind : every_kind) {
    fill(first, kind);
    fill(second, kind);
  }
  CHECK(load.in_flight() == 300);
  // The loan runs out first: while the sum is over the budget the borrower takes no more beyond its own.
  for (int i = 0; i < 60; ++i) first.give_back(WorkKind::create);
  CHECK_FALSE(first.has_room(WorkKind::create));
}

TEST_CASE("cores that do not read are counted") {
  GatewayLoad load(3, 300);
  CHECK(load.cores_not_reading() == 0);
  load.of(1).reading = false;
  CHECK(load.cores_not_reading() == 1);
}
