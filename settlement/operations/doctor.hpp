// Looks at everything that settlement depends on, and says in words what is wrong and what mends it. Reads only; a
// dependency that is away is a finding, not a failure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/secret.hpp"
#include "common/mariadb/connection.hpp"
#include "settlement/operations/log_desk.hpp"

namespace acq::settlement::operations {

enum class Health : std::uint8_t { ok, warn, fail };
std::string_view name_of(Health health) noexcept;  ///< ok, WARN, FAIL

struct Check {
  std::string name;
  Health health = Health::ok;
  std::string detail;
  std::string fix;  ///< empty when ok
};

struct PartitionStanding {
  std::int32_t partition = 0;
  std::int64_t next_offset = 0;
  std::int64_t watermark = 0;
  std::int64_t log_first = -1;  ///< -1: the broker did not say
  std::int64_t log_end = -1;
  std::string owner;
  std::int64_t lease_left_ms = 0;  ///< database clock; at most 0: nobody works there
  std::int64_t stopped_by = 0;     ///< an incident; 0: none
  std::string topic_id;            ///< hex
};
Result<std::vector<PartitionStanding>> partitions_standing(mariadb::Connection& connection, LogDesk& log);

// The judgements, pure.
Check judge_partition(const PartitionStanding& standing);
/// `oldest_unread_ms`: append time of the oldest unread record, 0 when all is read. `retention_ms` < 0: kept for ever.
Check judge_headroom(std::int32_t partition, std::int64_t oldest_unread_ms, std::int64_t retention_ms,
                     std::int64_t now_ms);
Check judge_clock(std::int64_t host_ms, std::int64_t database_ms);
Check judge_count(std::string name, std::int64_t count, std::string what, std::string fix);

std::vector<Check> examine(mariadb::Connection& connection, LogDesk& log, const crypto::Secret& master);

}  // namespace acq::settlement::operations
