// kill -9 while payments flow. acq-load's audit compares every 2xx with the database, the channel's books and the
// callbacks that came, and its exit code is the verdict; what it cannot see is asked of MariaDB directly.
#include <catch2/catch.hpp>

#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq::test;

namespace {

const std::vector<std::string> flash_sale{"flash-sale", "--rate",  "250",         "--seconds", "8",       "--kind",
                                          "barcode",    "--fates", "--retry-for", "60",        "--drain", "90"};

void check_audit(const Finished& load) {
  INFO(load.output);
  CHECK(load.code == 0);
}

void await_charges(System& system, std::int64_t count) {
  await(std::to_string(count) + " charges", at_last_ms, [&] { return system.charges_in_all() >= count; });
}

}  // namespace

TEST_CASE("kill -9 of settlement while 2,000 payments flow loses and doubles nothing (P9, P17, P19, P20)") {
  System system;
  auto load = system.start_load("sale", flash_sale);
  await_charges(system, 300);
  system.kill("settlement-1");
  system.start("settlement-1");
  await_charges(system, 700);
  system.kill("settlement-1");
  system.start("settlement-1");
  check_audit(system.end_of("sale", load, 180'000));
  system.await_settled(at_last_ms);
  CHECK(system.database().number("SELECT COUNT(*) FROM payments") == 2'000);
  system.check_books();
}

TEST_CASE("kill -9 of the gateway while payments flow loses and doubles nothing (P2, P4, P5)") {
  System system;
  auto load = system.start_load("sale", flash_sale);
  for (const std::int64_t charges : {300, 900}) {
    await_charges(system, charges);
    system.kill("gateway-1");
    system.start("gateway-1");
  }
  check_audit(system.end_of("sale", load, 180'000));
  system.await_settled(at_last_ms);
  system.check_books();
}

TEST_CASE(
    "10,000 retries of one number from 50 connections, through a restart of the gateway, are one charge (P2, P4)") {
  System system;
  auto load = system.start_load(
      "storm", {"retry-storm", "--order", "storm-r", "--connections", "50", "--repeats", "200", "--wait", "120"});
  await_charges(system, 1);
  system.stop("gateway-1");
  system.start("gateway-1");
  const auto storm = system.end_of("storm", load, 180'000);
  INFO(storm.output);
  CHECK(storm.code == 0);
  const auto said = acq::codec::parse_json(storm.output);
  REQUIRE(said.has_value());
  CHECK(said->integer_or("requests", -1) == 10'000);
  CHECK(said->integer_or("charges", -1) == 1);
  CHECK(said->integer_or("unanswered", -1) == 0);
  const auto* statuses = said->find("statuses");
  REQUIRE(statuses != nullptr);
  CHECK(statuses->integer_or("200", 0) + statuses->integer_or("202", 0) == 10'000);
  CHECK(statuses->integer_or("no_answer", 0) + statuses->integer_or("503", 0) > 0);  // it was hit by the restart
  CHECK(system.database().number("SELECT COUNT(*) FROM payments WHERE state <> 'refused'") == 1);
}
