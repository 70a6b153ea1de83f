// The balance of the witness against what is stored (P5): by distinct intent id, never by count alone. Pure: the ids
// and what is known of them come in, numbers and named differences go out.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/ids.hpp"
#include "settlement/operations/intent_lookup.hpp"

namespace acq::settlement::operations {

/// One intent id of the window, with what witness, database and log say of it.
struct Accountable {
  IntentId intent_id;
  bool witnessed = true;       ///< a witness knows it; else it was found by looking at what is stored
  bool refused = false;        ///< every offer of it, on every gateway, ended refused
  bool young = false;          ///< an offer of it may still end (P5)
  std::int32_t partition = 0;  ///< of its route
  IntentVerdict verdict = IntentVerdict::absent;
  bool final = false;
  bool open = false;
  std::string number;   ///< merchant and order number of an applied create; else empty
  bool on_log = false;  ///< absent, and on the log at or above the cursor
};

enum class Difference : std::uint8_t {
  missing,         ///< offered and not refused, yet neither stored nor still to be read
  refused_stored,  ///< every offer was refused, yet it is stored
  doubled,         ///< another intent is applied under the same merchant and number
  not_witnessed,   ///< stored, and no witness knows it
};
std::string_view name_of(Difference difference) noexcept;
/// What an operator does about it: a command.
std::string plan_for(Difference difference, const IntentId& id);

struct Differing {
  IntentId intent_id;
  std::int32_t partition = 0;
  Difference difference = Difference::missing;
};

struct Balance {
  std::int64_t offered = 0;  ///< distinct ids that a witness knows, waiting ones left out
  std::int64_t refused = 0;
  std::int64_t stored = 0;   ///< applied, aliases and refused by the writer
  std::int64_t aliases = 0;  ///< of those stored
  std::int64_t parked = 0;   ///< dead letters, and what is held for a payment that has not come
  std::int64_t unread = 0;   ///< on the log, before the writer
  std::int64_t waiting = 0;  ///< young: their first outcome may still arrive
  std::int64_t final = 0;    ///< of those stored
  std::int64_t open = 0;     ///< stored - final
  std::vector<Differing> differences;

  /// offered - refused = stored + parked + unread, and no id differs.
  bool holds() const;
  std::int64_t count(Difference difference) const;
};

Balance balance(const std::vector<Accountable>& all);

/// SHA-256 in hex over the numbers and the differing ids: what an audit entry can be compared with.
std::string digest_of(const Balance& balance);

}  // namespace acq::settlement::operations
