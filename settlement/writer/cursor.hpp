// The cursor row: who writes a partition, and how far it has come (P9). Every transaction compares and moves it, so a
// zombie cannot write, and "no gap" is a fact of the database.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "common/domain/ids.hpp"
#include "common/kafka/topic_identity.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::settlement {

struct Cursor {
  std::int32_t partition = 0;
  kafka::TopicId topic_id{};
  std::int64_t next_offset = 0;
  IntentId last_intent_id;  ///< of the record at next_offset - 1; zeros: none yet, or unreadable (P10)
  std::int64_t epoch = 0;
  std::int64_t version = 0;
  std::int64_t watermark = 0;
  std::optional<std::int64_t> stopped_by;  ///< an incident that is not resolved (P10)
};

/// Who has a partition now, for one that would take it.
struct Standing {
  Cursor cursor;
  std::int64_t lease_left_ms = 0;  ///< by the database's clock; at most 0: nobody works there
};

struct Claim {
  Cursor cursor;
  std::int64_t previous_lease_until_ms = 0;  ///< database clock: no channel job before this and a request timeout (P19)
  std::int64_t now_ms = 0;                   ///< database clock
};

/// Takes the partition over: epoch and version + 1, a fresh lease. Makes the row on the first claim ever. A claim under
/// another topic id leaves `topic_id` as stored: the caller compares. Commits by itself.
Result<Claim> claim_cursor(mariadb::Connection& connection, std::int32_t partition, const kafka::TopicId& topic_id,
                           const std::string& owner);

Result<Cursor> read_cursor(mariadb::Connection& connection, std::int32_t partition);
Result<Standing> read_standing(mariadb::Connection& connection, std::int32_t partition);

/// Inside a transaction: compares (topic id, epoch, version), stores what `to` says and renews the lease.
/// Errc::ownership_lost when no row matched: by another epoch, or by one's own late COMMIT (read_cursor tells, P9).
Result<void> move_cursor(mariadb::Connection& connection, const Cursor& from, const Cursor& to);

/// On a clean stop or a revocation: the lease ends now, so that the next owner waits only for calls under way; but not
/// before `older_until_ms`, the end of the lease that we took over from (P19). Best effort.
void release_lease(mariadb::Connection& connection, const Cursor& cursor, std::int64_t older_until_ms);

/// The database's clock (P15).
Result<std::int64_t> database_now_ms(mariadb::Connection& connection);

}  // namespace acq::settlement
