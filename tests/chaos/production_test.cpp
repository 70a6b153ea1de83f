// What production runs cannot be told to die or to break a rule, and what tests run refuses a name that it does not
// know, so that no sweep and no control passes because of a misprint.
#include "common/faults/fault_points.hpp"
#include "tests/chaos/checker.hpp"
#include "tests/support/await.hpp"
#include "tests/support/settings.hpp"

using namespace acq;
using namespace acq::test;

namespace {

const std::vector<std::string> variables{"ACQ_CRASH_AT", "ACQ_PAUSE_AT", "ACQ_BREAK_RULE"};

bool names_a_variable(const std::string& program) {
  const auto bytes = read_file(settings().programs + "/" + program);
  REQUIRE(bytes.size() > 1'000'000);
  for (const auto& name : variables) {
    if (bytes.find(name) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("The production programs hold no armed code and heed none of its variables", "[short]") {
  for (const char* program : {"acq-gateway", "acq-settlement"}) {
    INFO(program);
    CHECK_FALSE(names_a_variable(program));
    CHECK(names_a_variable(std::string(program) + "-test"));
  }
  System system;
  Shop shop(system);
  for (const char* program : {"settlement-1", "gateway-1"}) {
    system.stop(program);
    const std::string point = program[0] == 's' ? "head_loaded:1" : "reserved:1";
    system.arm(program, {{"ACQ_CRASH_AT", point}, {"ACQ_PAUSE_AT", point}, {"ACQ_BREAK_RULE", "no_such_rule"}}, true);
    system.start(program);
  }
  shop.send(1'000, true, 2);
  const auto violations = check(system, shop, at_last_ms);
  INFO(words_of(violations));
  CHECK(violations.empty());
}

TEST_CASE("A test program refuses a point, a passing or a rule that there is not", "[short]") {
  System system({.start = false});
  const std::vector<std::pair<std::string, std::string>> wrong{{"ACQ_CRASH_AT", "no_such_point:1"},
                                                               {"ACQ_CRASH_AT", "committed:0"},
                                                               {"ACQ_PAUSE_AT", "committed:soon"},
                                                               {"ACQ_BREAK_RULE", "no_such_rule"}};
  for (const auto& [name, value] : wrong) {
    INFO(name << "=" << value);
    system.arm("settlement-1", {{name, value}});
    system.launch("settlement-1");
    await("it ends", soon_ms, [&] { return !system.running("settlement-1"); });
    CHECK(system.exit_code("settlement-1") == 2);
    CHECK(last_lines(system.log_of("settlement-1"), 1).find("acq-settlement: " + name) != std::string::npos);
  }
}
