// Offering an intent again under its old id: applied if it never was, and without effect if it was. The original bytes
// go, so that the first time of acceptance and the expiry stay (P20). Replay makes no new effect for what was done.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "common/mariadb/connection.hpp"
#include "settlement/operations/act.hpp"
#include "settlement/operations/log_desk.hpp"

namespace acq::settlement::operations {

enum class ReplayEnd : std::uint8_t {
  planned,        ///< a preview
  offered,        ///< the log has it again
  possibly,       ///< the log may have it
  not_persisted,  ///< the log certainly has not
  stored,         ///< not offered: it is stored already
  too_young,      ///< not offered: its first outcome may still arrive (P5)
};
std::string_view name_of(ReplayEnd end) noexcept;

struct Replayed {
  IntentId intent_id;
  std::string from;  ///< "log 0:17", "dead letter …", "witness"
  ReplayEnd end = ReplayEnd::planned;
};

/// Every create, attempt and close of a payment (or the one intent, given by an int_… id), in the order of the log:
/// read from its position, else from its dead letter. One audit row. Errc::not_found; precondition_failed when neither
/// has the bytes.
Result<std::vector<Replayed>> replay_intents(mariadb::Connection& connection, LogDesk& log, const IntentId& id,
                                             const Act& act);

inline constexpr std::size_t witnessed_max = 50;
/// What the witness has and the database has not, in the order given. Each is looked up again here: what is stored by
/// now, or is younger than the offer window, stays. One audit row for each that is offered. Errc::precondition_failed
/// when one cannot be read.
Result<std::vector<Replayed>> replay_witnessed(mariadb::Connection& connection, LogDesk& log,
                                               const std::vector<std::string>& intents, const Act& act);

}  // namespace acq::settlement::operations
