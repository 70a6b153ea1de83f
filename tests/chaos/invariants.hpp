// What must hold after recovery, whatever was killed: nothing promised is lost, nobody is charged twice, the books
// agree with the channel, everybody was told, nothing is forgotten. Pure: facts in, what does not hold out.
#pragma once
#include <string>
#include <vector>

#include "tests/chaos/facts.hpp"

namespace acq::test {

struct Violation {
  std::string kind;  ///< one of violation_kinds
  std::string detail;
};

/// unsettled: not at rest in time. lost: a 2xx without a row. parked: a 2xx in dead_letters. doubled: two payments
/// under one number. charged_twice, sent_twice: at the channel. books_differ: database and channel disagree. not_told,
/// told_wrong: callbacks. cursor: not at the log's end. no_row, two_rows: P11. forgotten: P17. incident, dead_letter:
/// others than expected. unaccounted: by the witness.
inline const std::vector<std::string> violation_kinds{
    "unsettled",  "lost",   "parked", "doubled",  "charged_twice", "sent_twice", "books_differ", "not_told",
    "told_wrong", "cursor", "no_row", "two_rows", "forgotten",     "incident",   "dead_letter",  "unaccounted"};

struct Expected {
  std::size_t incidents = 0;
  std::size_t dead_letters = 0;
  bool account_for = true;  ///< ask `acq account-for`, too
  bool rebuilt = false;     ///< an emptied database counts its events anew: an id may come again with other content
};

std::vector<Violation> judge(const Facts& facts, const Expected& expected);

/// "lost: order chaos-3 …", one a line.
std::string words_of(const std::vector<Violation>& violations);
bool has(const std::vector<Violation>& violations, const std::string& kind);

}  // namespace acq::test
