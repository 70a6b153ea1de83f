// What must hold after recovery, whatever was killed: nothing promised is lost, nobody is charged twice, the books
// agree with the channel, and everybody was told. Names what does not hold, with values; an empty list is the proof.
#pragma once
#include <string>
#include <vector>

#include "tests/chaos/shop.hpp"
#include "tests/support/system.hpp"

namespace acq::test {

struct Violation {
  std::string kind;  ///< lost, doubled, charged_twice, books_differ, not_told, cursor, no_row, forgotten, unsettled,
                     ///< sent_twice, incident, dead_letter, unaccounted
  std::string detail;
};

struct Expected {
  std::int64_t incidents = 0;
  std::int64_t dead_letters = 0;
  bool account_for = true;  ///< `acq account-for` over everything older than its offer window
};

/// Waits at most `within_ms` for the system to come to rest, then looks at everything.
std::vector<Violation> check(System& system, const Shop& shop, std::int64_t within_ms, const Expected& expected = {});

/// "lost: order chaos-3 …; …"
std::string words_of(const std::vector<Violation>& violations);
bool has(const std::vector<Violation>& violations, const std::string& kind);

}  // namespace acq::test
