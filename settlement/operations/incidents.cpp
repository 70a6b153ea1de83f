#include "settlement/operations/incidents.hpp"

#include <algorithm>

#include "common/runtime/clock.hpp"
#include "settlement/operations/audit.hpp"
#include "settlement/operations/intent_lookup.hpp"
#include "settlement/operations/restart_point.hpp"
#include "settlement/operations/transaction.hpp"

namespace acq::settlement::operations {
namespace {

using mariadb::integer;
using mariadb::text;

constexpr std::string_view select =
    "SELECT i.incident_id, i.kind, i.partition_id, i.from_offset, i.to_offset, i.payment_id, i.detail, i.opened_at_ms, "
    "COALESCE(i.resolved_at_ms, 0), COALESCE(i.resolved_by, ''), COALESCE(i.resolution, ''), EXISTS (SELECT 1 FROM "
    "partition_cursors c WHERE c.stopped_by = i.incident_id) FROM incidents i ";

StoredIncident incident_from(const mariadb::Row& row) {
  StoredIncident incident;
  incident.incident_id = integer(row[0]);
  incident.kind = text(row[1]);
  incident.partition = static_cast<std::int32_t>(integer(row[2]));
  if (const auto* from = std::get_if<std::int64_t>(&row[3])) incident.from_offset = *from;
  if (const auto* to = std::get_if<std::int64_t>(&row[4])) incident.to_offset = *to;
  incident.payment_id = PaymentId::from_raw(text(row[5]));
  incident.detail = text(row[6]);
  incident.opened_at_ms = integer(row[7]);
  incident.resolved_at_ms = integer(row[8]);
  incident.resolved_by = text(row[9]);
  incident.resolution = text(row[10]);
  incident.stops_partition = integer(row[11]) != 0;
  return incident;
}

Result<std::int64_t> count_open(mariadb::Connection& connection, std::int32_t partition, std::int64_t watermark) {
  auto rows = connection.query(
      "SELECT COUNT(*) FROM payments p LEFT JOIN open_items o ON o.payment_id = p.payment_id WHERE p.partition_id = ? "
      "AND p.log_offset >= ? AND o.payment_id IS NULL AND " +
          std::string(payment_is_open),
      {std::int64_t{partition}, watermark});
  if (!rows) return rows.error();
  return integer(rows->front().front());
}

/// The cursor row moved to the restart point, within the caller's transaction.
Result<void> move(mariadb::Connection& connection, const StoredIncident& incident, Restart& restart,
                  std::int64_t now_ms) {
  // Below the watermark every open payment has its row already (P17); those above it, and those whose position was
  // given on a log that is no more, get theirs before their positions stop meaning anything.
  auto rows = connection.query("SELECT watermark, stopped_by FROM partition_cursors WHERE partition_id = ? FOR UPDATE",
                               {std::int64_t{incident.partition}});
  if (!rows) return rows.error();
  const auto* stopped_by = rows->empty() ? nullptr : std::get_if<std::int64_t>(&rows->front()[1]);
  if (stopped_by == nullptr || *stopped_by != incident.incident_id) {
    return Failure(Errc::precondition_failed, "the partition is not stopped by this incident any more: look again");
  }
  const auto watermark = integer(rows->front()[0]);
  auto given = connection.execute(
      "INSERT IGNORE INTO open_items (payment_id, partition_id, due_at_ms) SELECT p.payment_id, p.partition_id, ? FROM "
      "payments p WHERE p.partition_id = ? AND p.log_offset >= ? AND " +
          std::string(payment_is_open),
      {now_ms, std::int64_t{incident.partition}, watermark});
  if (!given) return given.error();
  restart.open_payments = static_cast<std::int64_t>(*given);
  const std::string topic(reinterpret_cast<const char*>(restart.topic_id.data()), restart.topic_id.size());
  auto moved = connection.execute(
      "UPDATE partition_cursors SET topic_id = ?, next_offset = ?, last_intent_id = ?, watermark = ?, stopped_by = "
      "NULL, version = version + 1, owner_epoch = owner_epoch + 1 WHERE partition_id = ?",
      {topic, restart.next_offset, std::string(restart.last_intent_id.raw()), std::min(watermark, restart.next_offset),
       std::int64_t{incident.partition}});
  if (!moved) return moved.error();
  return {};
}

/// P10: re-offer first, then skip.
Result<void> may_skip(const StoredIncident& incident, const Accounted& accounted, bool skip_gap) {
  if (incident.kind != "gap" || skip_gap) return {};
  if (accounted.missing < 0 || accounted.digest.empty()) {
    return Failure(Errc::precondition_failed,
                   "a gap is skipped only when the witness is accounted for: give acq the "
                   "witness (--gateway or --witness), or --skip-gap");
  }
  if (accounted.missing > 0) {
    return Failure(Errc::precondition_failed,
                   std::to_string(accounted.missing) +
                       " intents of this partition are in the witness and neither stored nor on the log: re-offer them "
                       "first (acq replay --from-witness), then resolve; or --skip-gap");
  }
  return {};
}

}  // namespace

Result<std::vector<StoredIncident>> list_incidents(mariadb::Connection& connection, bool open_only,
                                                   std::int64_t before_id, std::size_t limit) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  auto rows = connection.query(std::string(select) +
                                   "WHERE i.incident_id < ? AND (? = 0 OR i.resolved_at_ms IS NULL) ORDER BY "
                                   "i.incident_id DESC LIMIT ?",
                               {before_id, std::int64_t{open_only ? 1 : 0}, static_cast<std::int64_t>(limit)});
  if (!rows) return rows.error();
  std::vector<StoredIncident> incidents;
  incidents.reserve(rows->size());
  for (const auto& row : *rows) incidents.push_back(incident_from(row));
  return incidents;
}

Result<StoredIncident> find_incident(mariadb::Connection& connection, std::int64_t incident_id) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  auto rows = connection.query(std::string(select) + "WHERE i.incident_id = ?", {incident_id});
  if (!rows) return rows.error();
  if (rows->empty()) return Failure(Errc::not_found, "there is no incident " + std::to_string(incident_id));
  return incident_from(rows->front());
}

Result<Resolved> resolve_incident(mariadb::Connection& connection, LogDesk& log, std::int64_t incident_id,
                                  const Act& act, const Accounted& accounted, bool skip_gap) {
  auto incident = find_incident(connection, incident_id);
  if (!incident) return incident.error();
  Resolved resolved;
  resolved.incident = std::move(*incident);
  if (resolved.incident.resolved_at_ms != 0) {
    resolved.already = true;
    return resolved;
  }
  if (resolved.incident.stops_partition) {
    if (auto may = may_skip(resolved.incident, accounted, skip_gap); !may) return may.error();
    auto cursor =
        connection.query("SELECT topic_id, next_offset, watermark FROM partition_cursors WHERE partition_id = ?",
                         {std::int64_t{resolved.incident.partition}});
    if (!cursor) return cursor.error();
    kafka::TopicId topic{};
    std::copy_n(text(cursor->front()[0]).begin(), topic.size(), topic.begin());
    auto restart = restart_point(connection, log, resolved.incident, topic);
    if (!restart) return restart.error();
    restart->old_next_offset = integer(cursor->front()[1]);
    auto open = count_open(connection, resolved.incident.partition, integer(cursor->front()[2]));
    if (!open) return open.error();
    restart->open_payments = *open;
    resolved.restart = std::move(*restart);
  }
  if (!act.apply) return resolved;

  const auto now = runtime::unix_ms();
  const auto done = transact(connection, [&]() -> Result<void> {
    std::string detail = resolved.incident.kind;
    if (resolved.restart) {
      if (auto moved = move(connection, resolved.incident, *resolved.restart, now); !moved) return moved;
      detail += ", partition " + std::to_string(resolved.restart->partition) + " goes on at " +
                std::to_string(resolved.restart->next_offset) + " instead of " +
                std::to_string(resolved.restart->old_next_offset);
      if (!accounted.digest.empty()) {
        detail += "; balance " + accounted.digest + ", missing " + std::to_string(accounted.missing);
      }
      if (skip_gap && resolved.incident.kind == "gap") detail += "; gap skipped by --skip-gap";
    }
    auto closed = connection.execute(
        "UPDATE incidents SET resolved_at_ms = ?, resolved_by = ?, resolution = ? WHERE incident_id = ? AND "
        "resolved_at_ms IS NULL",
        {now, act.operator_name, act.reason, incident_id});
    if (!closed) return closed.error();
    if (*closed != 1) return Failure(Errc::precondition_failed, "another operator resolved it just now");
    return append_audit(connection,
                        {0, act.operator_name, "incident_resolve", std::to_string(incident_id), detail, act.reason});
  });
  if (!done) return done.error();
  resolved.incident.resolved_at_ms = now;
  resolved.incident.resolved_by = act.operator_name;
  resolved.incident.resolution = act.reason;
  return resolved;
}

}  // namespace acq::settlement::operations
