// The cursor rows (P9) and the rows of intents, as the gateway's own threads read them beside its requests. Blocking.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "common/kafka/topic_identity.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::gateway {

struct PartitionCursor {
  kafka::TopicId topic_id{};
  std::int64_t next_offset = 0;
  bool stopped = false;  ///< by an incident (P10)
};

/// By partition; one that no writer ever owned has none. Errc::database_away.
Result<std::map<std::int32_t, PartitionCursor>> read_cursors(mariadb::Connection& connection);

/// Which of these intents have a row under their own id: applied, alias, refused, held or parked (P11). At most
/// limits::witness_batch_ids_max.
Result<std::set<std::array<std::uint8_t, 16>>> find_stored(mariadb::Connection& connection,
                                                           const std::vector<std::array<std::uint8_t, 16>>& ids);

}  // namespace acq::gateway
