// The audit: what an operator did, when and why, as a chain in which each entry's hash covers the one before it. No
// audit, no act: the entry is written in the transaction of the act itself.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/mariadb/connection.hpp"

namespace acq::settlement::operations {

using AuditHash = std::array<std::uint8_t, 32>;

struct AuditEntry {
  std::int64_t at_ms = 0;
  std::string operator_name;
  std::string act;      ///< "replay", "incident_resolve", …
  std::string subject;  ///< what it was done to: an id
  std::string detail;
  std::string reason;
  friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

/// SHA-256 over the previous entry's hash and this entry's fields, each behind its length (four bytes, little endian),
/// so that no two entries read the same. Pure.
AuditHash chain(const AuditHash& previous, const AuditEntry& entry);

/// Inside the caller's transaction: locks the head, so that entries have one order. Fields are cut to their columns
/// before they are hashed.
Result<void> append_audit(mariadb::Connection& connection, AuditEntry entry);

struct StoredAuditEntry {
  std::int64_t audit_id = 0;
  AuditEntry entry;
  std::optional<AuditHash> hash;  ///< none: written before the chain began
};
/// Where a walk along the chain stands; give it back to go on.
struct AuditWalk {
  std::int64_t after_id = 0;
  AuditHash hash{};
  bool chained = false;  ///< an entry with a hash was met: none without one may follow
  std::int64_t entries = 0;
};
struct AuditFault {
  std::int64_t audit_id = 0;  ///< 0: the head
  std::string what;
};
/// Pure: one step along the chain, and what is wrong with it.
std::optional<AuditFault> step(AuditWalk& walk, const StoredAuditEntry& stored);

struct AuditPage {
  AuditWalk walk;
  std::vector<AuditFault> faults;
  bool end = false;  ///< the last entry was reached and the head was compared
};
inline constexpr std::size_t audit_page_entries = 2'000;
/// Reads on from `walk`. The page with the end is read in one snapshot with the head.
Result<AuditPage> verify_audit(mariadb::Connection& connection, const AuditWalk& walk);

/// The newest entries first.
Result<std::vector<StoredAuditEntry>> list_audit(mariadb::Connection& connection, std::int64_t before_id,
                                                 std::size_t limit);

}  // namespace acq::settlement::operations
