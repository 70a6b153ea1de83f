// Records that were parked: list them, look at one, offer its original bytes to the log again under the old id.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/mariadb/connection.hpp"
#include "settlement/operations/act.hpp"
#include "settlement/operations/log_desk.hpp"

namespace acq::settlement::operations {

/// Where a dead letter lies: "TOPIC:PARTITION:OFFSET", the topic id as 32 hex digits.
struct LetterPlace {
  kafka::TopicId topic_id{};
  std::int32_t partition = 0;
  std::int64_t log_offset = 0;
  std::string text() const;
  static std::optional<LetterPlace> parse(std::string_view text);
};

struct ParkedRecord {
  LetterPlace place;
  std::optional<IntentId> intent_id;
  std::string code;
  std::string reason;
  std::string record;  ///< the original bytes; empty in a list
  std::int64_t bytes = 0;
  std::int64_t recorded_at_ms = 0;
  std::int64_t replays = 0;
  std::int64_t replayed_at_ms = 0;
};

/// Oldest first, behind `after`, at most `limit`. `unreplayed_only`: those that still are open items.
Result<std::vector<ParkedRecord>> list_dead_letters(mariadb::Connection& connection, bool unreplayed_only,
                                                    const std::optional<LetterPlace>& after, std::size_t limit);
/// By place, or by "PARTITION:OFFSET" when only one topic has it, or by intent id (the newest). Errc::not_found;
/// precondition_failed when "PARTITION:OFFSET" is not enough.
Result<ParkedRecord> find_dead_letter(mariadb::Connection& connection, std::string_view name);

struct LetterReplay {
  ParkedRecord letter;
  IntentNames names;
  kafka::Persistence persistence = kafka::Persistence::not_persisted;  ///< when applied
};
/// Errc::not_found; precondition_failed when the bytes cannot be read today either: they would be parked again.
Result<LetterReplay> replay_dead_letter(mariadb::Connection& connection, LogDesk& log, std::string_view name,
                                        const Act& act);

}  // namespace acq::settlement::operations
