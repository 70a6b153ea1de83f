// Waiting for a condition with a deadline: the only place in the tests that waits. A test that runs out of time fails
// with what it waited for and with what it saw last.
#pragma once
#include <poll.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <utility>

#include "common/runtime/clock.hpp"

namespace acq::test {

inline constexpr std::int64_t soon_ms = 15'000;     ///< what takes milliseconds on an idle machine
inline constexpr std::int64_t at_last_ms = 60'000;  ///< what waits for a lease, a session or a channel's clock

/// True as soon as `condition()` is; false when it is not within `within_ms`.
template <class Condition>
bool comes_true(std::int64_t within_ms, Condition&& condition) {
  constexpr int between_looks_ms = 20;
  const auto end = runtime::steady_ms() + within_ms;
  for (;;) {
    if (condition()) return true;
    if (runtime::steady_ms() >= end) return false;
    ::poll(nullptr, 0, between_looks_ms);
  }
}

template <class Condition>
void await(const std::string& what, std::int64_t within_ms, Condition&& condition) {
  if (!comes_true(within_ms, condition)) FAIL("not within " << within_ms << " ms: " << what);
}

/// Reads until it is `expected`; fails with what was read last.
template <class Value, class Read>
void await_equal(const std::string& what, std::int64_t within_ms, const Value& expected, Read&& read) {
  Value last{};
  const bool reached = comes_true(within_ms, [&] {
    last = read();
    return last == expected;
  });
  INFO("after " << within_ms << " ms: " << what);
  if (!reached) REQUIRE(last == expected);
}

}  // namespace acq::test
