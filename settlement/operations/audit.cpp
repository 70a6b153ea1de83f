#include "settlement/operations/audit.hpp"

#include <algorithm>

#include "common/crypto/digest.hpp"
#include "common/runtime/clock.hpp"
#include "settlement/operations/act.hpp"
#include "settlement/operations/transaction.hpp"

namespace acq::settlement::operations {
namespace {

constexpr std::string_view columns =
    "SELECT audit_id, at_ms, operator, act, subject, detail, reason, entry_hash FROM audit_entries ";

void add_field(std::string& bytes, std::string_view field) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>((field.size() >> shift) & 0xFF));
  bytes += field;
}

std::optional<AuditHash> hash_from(const mariadb::Value& value) {
  const auto& bytes = mariadb::text(value);
  AuditHash hash{};
  if (bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

std::string bytes_of(const AuditHash& hash) {
  return std::string(crypto::raw(hash));
}

StoredAuditEntry entry_from(const mariadb::Row& row) {
  StoredAuditEntry stored;
  stored.audit_id = mariadb::integer(row[0]);
  stored.entry = {mariadb::integer(row[1]), mariadb::text(row[2]), mariadb::text(row[3]),
                  mariadb::text(row[4]),    mariadb::text(row[5]), mariadb::text(row[6])};
  stored.hash = hash_from(row[7]);
  return stored;
}

}  // namespace

AuditHash chain(const AuditHash& previous, const AuditEntry& entry) {
  std::string bytes = bytes_of(previous);
  add_field(bytes, std::to_string(entry.at_ms));
  for (const auto* field : {&entry.operator_name, &entry.act, &entry.subject, &entry.detail, &entry.reason}) {
    add_field(bytes, *field);
  }
  return crypto::sha256(bytes);
}

Result<void> append_audit(mariadb::Connection& connection, AuditEntry entry) {
  auto head = connection.query("SELECT entry_hash FROM audit_head WHERE id = 1 FOR UPDATE");
  if (!head) return head.error();
  const auto previous = head->empty() ? std::nullopt : hash_from(head->front().front());
  if (!previous) return Failure(Errc::internal, "the audit has no head");
  if (entry.at_ms == 0) entry.at_ms = runtime::unix_ms();
  entry.subject = cut_to(entry.subject, 128);
  entry.detail = cut_to(entry.detail, 512);
  const std::string hash = bytes_of(chain(*previous, entry));
  auto inserted = connection.execute(
      "INSERT INTO audit_entries (at_ms, operator, act, subject, detail, reason, entry_hash) VALUES (?, ?, ?, ?, ?, ?, "
      "?)",
      {entry.at_ms, entry.operator_name, entry.act, entry.subject, entry.detail, entry.reason, hash});
  if (!inserted) return inserted.error();
  auto moved = connection.execute("UPDATE audit_head SET entry_hash = ? WHERE id = 1", {hash});
  if (!moved) return moved.error();
  return {};
}

std::optional<AuditFault> step(AuditWalk& walk, const StoredAuditEntry& stored) {
  walk.after_id = stored.audit_id;
  ++walk.entries;
  if (!stored.hash) {
    if (!walk.chained) return std::nullopt;
    return AuditFault{stored.audit_id, "it has no hash, though the chain had begun"};
  }
  walk.chained = true;
  const bool fits = chain(walk.hash, stored.entry) == *stored.hash;
  walk.hash = *stored.hash;  // what follows is judged by itself
  if (fits) return std::nullopt;
  return AuditFault{stored.audit_id, "its hash does not fit: it was changed, or an entry before it is missing"};
}

Result<AuditPage> verify_audit(mariadb::Connection& connection, const AuditWalk& walk) {
  AuditPage page{walk, {}, false};
  const auto read = transact(connection, [&]() -> Result<void> {
    page = {walk, {}, false};
    auto rows = connection.query(std::string(columns) + "WHERE audit_id > ? ORDER BY audit_id LIMIT ?",
                                 {walk.after_id, static_cast<std::int64_t>(audit_page_entries)});
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      if (auto fault = step(page.walk, entry_from(row))) page.faults.push_back(std::move(*fault));
    }
    if (rows->size() == audit_page_entries) return {};
    auto head = connection.query("SELECT entry_hash FROM audit_head WHERE id = 1");
    if (!head) return head.error();
    page.end = true;
    if (head->empty() || hash_from(head->front().front()) != page.walk.hash) {
      page.faults.push_back({0, "the chain does not end at its head: the last entries are missing"});
    }
    return {};
  });
  if (!read) return read.error();
  return page;
}

Result<std::vector<StoredAuditEntry>> list_audit(mariadb::Connection& connection, std::int64_t before_id,
                                                 std::size_t limit) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  auto rows = connection.query(std::string(columns) + "WHERE audit_id < ? ORDER BY audit_id DESC LIMIT ?",
                               {before_id, static_cast<std::int64_t>(limit)});
  if (!rows) return rows.error();
  std::vector<StoredAuditEntry> entries;
  entries.reserve(rows->size());
  for (const auto& row : *rows) entries.push_back(entry_from(row));
  return entries;
}

}  // namespace acq::settlement::operations
