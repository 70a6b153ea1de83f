// Incidents: list, show, resolve. Resolving one that stops a partition says where its writer goes on (P10), fences what
// may still believe that it owns it (P9), and gives every open payment its row, because positions lose their meaning.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/mariadb/connection.hpp"
#include "settlement/operations/act.hpp"
#include "settlement/operations/log_desk.hpp"

namespace acq::settlement::operations {

struct StoredIncident {
  std::int64_t incident_id = 0;
  std::string kind;
  std::int32_t partition = 0;
  std::optional<std::int64_t> from_offset;
  std::optional<std::int64_t> to_offset;
  std::optional<PaymentId> payment_id;
  std::string detail;
  std::int64_t opened_at_ms = 0;
  std::int64_t resolved_at_ms = 0;  ///< 0: open
  std::string resolved_by;
  std::string resolution;
  bool stops_partition = false;
};

/// Newest first, older than `before_id`, at most `limit`.
Result<std::vector<StoredIncident>> list_incidents(mariadb::Connection& connection, bool open_only,
                                                   std::int64_t before_id, std::size_t limit);
/// Errc::not_found.
Result<StoredIncident> find_incident(mariadb::Connection& connection, std::int64_t incident_id);

/// What `acq account-for` found about a partition just now: a gap is skipped only on its word, or explicitly.
struct Accounted {
  std::string digest;         ///< of the balance, for the audit
  std::int64_t missing = -1;  ///< intents that the witness knows and neither log nor database has; -1: not asked
};

struct Restart {
  std::int32_t partition = 0;
  kafka::TopicId topic_id{};
  std::int64_t next_offset = 0;
  IntentId last_intent_id{};
  std::int64_t old_next_offset = 0;
  std::int64_t open_payments = 0;  ///< get their row in open_items
};

struct Resolved {
  StoredIncident incident;
  std::optional<Restart> restart;  ///< for one that stops its partition
  bool already = false;            ///< it was resolved before: nothing was changed
};

inline constexpr std::size_t walk_back_max = 10'000;

/// Errc::not_found; precondition_failed with the reason in a sentence.
Result<Resolved> resolve_incident(mariadb::Connection& connection, LogDesk& log, std::int64_t incident_id,
                                  const Act& act, const Accounted& accounted, bool skip_gap);

}  // namespace acq::settlement::operations
