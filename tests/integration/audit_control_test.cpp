// The audit that other tests trust must go red when something is wrong: here, callbacks that never come.
#include <catch2/catch.hpp>

#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq::test;

TEST_CASE("acq-load's audit exits 1 when callbacks do not come, and names what is missing") {
  System system({.settlement_calls_back = false});
  const auto sale = system.load("sale", {"flash-sale", "--rate", "20", "--seconds", "1", "--drain", "3"}, at_last_ms);
  INFO(sale.output);
  CHECK(sale.code == 1);
  CHECK(sale.output.find("no_callback") != std::string::npos);
  CHECK(system.charges_in_all() == 20);
  CHECK(system.database().number("SELECT COUNT(*) FROM payments WHERE told_sequence < sequence") == 20);
}
