// What the test programs link. A crash is SIGKILL to oneself: no destructor runs, nothing is flushed.
#include "common/faults/fault_points.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>

#include "common/error/result.hpp"

namespace acq::faults {
namespace {

/// One signal at one passing of one point.
struct Trap {
  std::atomic<int> point{-1};
  std::atomic<int> passings_left{0};
  void pass(int passed, int signal) noexcept {
    if (point.load(std::memory_order_relaxed) != passed) return;
    if (passings_left.fetch_sub(1) == 1) static_cast<void>(raise(signal));
  }
};

Trap crash;
Trap pause_trap;
std::atomic<int> broken_rule{-1};

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread begins
  return value == nullptr ? "" : value;
}

template <class Names>
int index_of(const Names& names, std::string_view name, const char* variable_name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw StartError(2, std::string(variable_name) + ": there is no '" + std::string(name) +
                            "'; common/faults/fault_points.hpp has the names");
  }
  return static_cast<int>(found - names.begin());
}

void set(Trap& trap, const char* variable_name) {
  const std::string text = variable(variable_name);
  if (text.empty()) return;
  const auto colon = text.find(':');
  int passing = 1;
  if (colon != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, passing);
    if (error != std::errc{} || rest != end || passing < 1)
      throw StartError(2, std::string(variable_name) + ": write NAME:n, n from 1");
  }
  trap.passings_left = passing;
  trap.point = index_of(point_names, std::string_view(text).substr(0, colon), variable_name);
}

}  // namespace

void crash_point(Point point) noexcept {
  crash.pass(static_cast<int>(point), SIGKILL);
  pause_trap.pass(static_cast<int>(point), SIGSTOP);
}

bool broken(Rule rule) noexcept {
  return broken_rule.load(std::memory_order_relaxed) == static_cast<int>(rule);
}

void arm() {
  if (const auto rule = variable("ACQ_BREAK_RULE"); !rule.empty())
    broken_rule = index_of(rule_names, rule, "ACQ_BREAK_RULE");
  set(crash, "ACQ_CRASH_AT");
  set(pause_trap, "ACQ_PAUSE_AT");
}

}  // namespace acq::faults
