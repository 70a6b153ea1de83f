#include "settlement/writer/cursor.hpp"

#include <algorithm>

#include "common/faults/fault_points.hpp"
#include "common/limits.hpp"

namespace acq::settlement {
namespace {

constexpr std::string_view select_columns =
    "SELECT topic_id, next_offset, last_intent_id, owner_epoch, version, watermark, stopped_by, lease_until_ms, "
    "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) FROM partition_cursors WHERE partition_id = ?";

std::string raw(const kafka::TopicId& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

Cursor cursor_from(std::int32_t partition, const mariadb::Row& row) {
  Cursor cursor;
  cursor.partition = partition;
  std::copy_n(mariadb::text(row[0]).begin(), cursor.topic_id.size(), cursor.topic_id.begin());
  cursor.next_offset = mariadb::integer(row[1]);
  cursor.last_intent_id = IntentId::from_raw(mariadb::text(row[2])).value_or(IntentId{});
  cursor.epoch = mariadb::integer(row[3]);
  cursor.version = mariadb::integer(row[4]);
  cursor.watermark = mariadb::integer(row[5]);
  if (const auto* incident = std::get_if<std::int64_t>(&row[6])) cursor.stopped_by = *incident;
  return cursor;
}

/// What P9 forbids: for the positive control of the fence only.
Result<void> move_without_compare(mariadb::Connection& connection, const Cursor& to) {
  auto moved = connection.execute(
      "UPDATE partition_cursors SET next_offset = ?, last_intent_id = ?, version = version + 1 WHERE partition_id = ?",
      {to.next_offset, std::string(to.last_intent_id.raw()), std::int64_t{to.partition}});
  if (!moved) return moved.error();
  return {};
}

}  // namespace

Result<Claim> claim_cursor(mariadb::Connection& connection, std::int32_t partition, const kafka::TopicId& topic_id,
                           const std::string& owner) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  if (auto begun = connection.begin(); !begun) return begun.error();
  auto made = connection.execute(
      "INSERT INTO partition_cursors (partition_id, topic_id, next_offset, last_intent_id, owner, owner_epoch, "
      "lease_until_ms, version, watermark) VALUES (?, ?, 0, ?, '', 0, 0, 0, 0) "
      "ON DUPLICATE KEY UPDATE partition_id = partition_id",
      {std::int64_t{partition}, raw(topic_id), std::string(16, '\0')});
  if (!made) return made.error();
  auto rows = connection.query(std::string(select_columns) + " FOR UPDATE", {std::int64_t{partition}});
  if (!rows) return rows.error();
  Claim claim;
  claim.cursor = cursor_from(partition, rows->front());
  claim.previous_lease_until_ms = mariadb::integer(rows->front()[7]);
  claim.now_ms = mariadb::integer(rows->front()[8]);
  claim.cursor.epoch += 1;
  claim.cursor.version += 1;
  auto taken = connection.execute(
      "UPDATE partition_cursors SET owner = ?, owner_epoch = ?, version = ?, lease_until_ms = ? WHERE partition_id = ?",
      {owner, claim.cursor.epoch, claim.cursor.version, claim.now_ms + limits::lease_ms, std::int64_t{partition}});
  if (!taken) return taken.error();
  if (auto committed = connection.commit(); !committed) return committed.error();
  return claim;
}

Result<Standing> read_standing(mariadb::Connection& connection, std::int32_t partition) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  auto rows = connection.query(select_columns, {std::int64_t{partition}});
  if (!rows) return rows.error();
  if (rows->empty()) return Failure(Errc::ownership_lost, "the cursor row is gone");
  const auto& row = rows->front();
  return Standing{cursor_from(partition, row), mariadb::integer(row[7]) - mariadb::integer(row[8])};
}

Result<Cursor> read_cursor(mariadb::Connection& connection, std::int32_t partition) {
  auto standing = read_standing(connection, partition);
  if (!standing) return standing.error();
  return standing->cursor;
}

Result<void> move_cursor(mariadb::Connection& connection, const Cursor& from, const Cursor& to) {
  auto moved = connection.execute(
      "UPDATE partition_cursors SET next_offset = ?, last_intent_id = ?, watermark = ?, stopped_by = ?, "
      "version = version + 1, lease_until_ms = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) + ? "
      "WHERE partition_id = ? AND topic_id = ? AND owner_epoch = ? AND version = ?",
      {to.next_offset, std::string(to.last_intent_id.raw()), to.watermark,
       to.stopped_by ? mariadb::Value(*to.stopped_by) : mariadb::Value(std::monostate{}),
       std::int64_t{limits::lease_ms}, std::int64_t{from.partition}, raw(from.topic_id), from.epoch, from.version});
  if (!moved) return moved.error();
  if (*moved != 1 && faults::broken(faults::Rule::fence)) return move_without_compare(connection, to);
  if (*moved != 1) return Failure(Errc::ownership_lost, "the cursor row has moved");
  return {};
}

void release_lease(mariadb::Connection& connection, const Cursor& cursor, std::int64_t older_until_ms) {
  [[maybe_unused]] const auto released = connection.execute(
      "UPDATE partition_cursors SET lease_until_ms = GREATEST(CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), ?) WHERE "
      "partition_id = ? AND owner_epoch = ?",
      {older_until_ms, std::int64_t{cursor.partition}, cursor.epoch});
}

Result<std::int64_t> database_now_ms(mariadb::Connection& connection) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  auto rows = connection.query("SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)");
  if (!rows) return rows.error();
  return mariadb::integer(rows->front().front());
}

}  // namespace acq::settlement
