// A system's recovery, judged: it is given time to come to rest, then everybody is asked. An empty list is the proof.
#pragma once
#include <cstdint>
#include <vector>

#include "tests/chaos/invariants.hpp"
#include "tests/chaos/shop.hpp"
#include "tests/support/system.hpp"

namespace acq::test {

/// Waits at most `within_ms` for the system to come to rest, then looks at everything.
std::vector<Violation> check(System& system, const Shop& shop, std::int64_t within_ms, const Expected& expected = {});

}  // namespace acq::test
