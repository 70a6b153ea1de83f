// What the test programs link. A crash is SIGKILL to oneself: no destructor runs, nothing is flushed.
#include "common/faults/fault_points.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

#include "common/error/result.hpp"

namespace acq::faults {
namespace {

std::atomic<int> crash_at{-1};
std::atomic<int> passings_left{0};
std::atomic<int> broken_rule{-1};

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread begins
  return value == nullptr ? "" : value;
}

template <class Names>
int index_of(const Names& names, const std::string& name, const char* variable_name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw StartError(2, std::string(variable_name) + ": there is no '" + name + "'; common/faults has the names");
  return static_cast<int>(found - names.begin());
}

}  // namespace

void crash_point(Point point) noexcept {
  if (crash_at.load(std::memory_order_relaxed) != static_cast<int>(point)) return;
  if (passings_left.fetch_sub(1) == 1) static_cast<void>(raise(SIGKILL));
}

bool broken(Rule rule) noexcept {
  return broken_rule.load(std::memory_order_relaxed) == static_cast<int>(rule);
}

void arm() {
  if (const auto rule = variable("ACQ_BREAK_RULE"); !rule.empty())
    broken_rule = index_of(rule_names, rule, "ACQ_BREAK_RULE");
  if (const auto point = variable("ACQ_CRASH_AT"); !point.empty()) {
    const auto colon = point.find(':');
    passings_left = colon == std::string::npos ? 1 : std::max(1, std::atoi(point.c_str() + colon + 1));
    crash_at = index_of(point_names, point.substr(0, colon), "ACQ_CRASH_AT");
  }
}

}  // namespace acq::faults
