#include "gateway/applied_intents.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "common/limits.hpp"

namespace acq::gateway {
namespace {

using RawId = std::array<std::uint8_t, 16>;

/// Most ids are payments, so that is asked first and the others for what is left.
struct Place {
  std::string_view table;
  std::string_view column;
};
constexpr std::array places{Place{"payments", "payment_id"},       Place{"payment_aliases", "alias_id"},
                            Place{"intent_verdicts", "intent_id"}, Place{"refunds", "refund_id"},
                            Place{"refund_aliases", "alias_id"},   Place{"dead_letters", "intent_id"}};

bool copy_id(const std::string& raw, RawId& id) {
  if (raw.size() != id.size()) return false;
  std::copy_n(raw.begin(), id.size(), id.begin());
  return true;
}

/// One statement per place, whatever the number of ids: the last is repeated.
std::vector<mariadb::Value> parameters_of(const std::vector<RawId>& ids) {
  std::vector<mariadb::Value> parameters;
  parameters.reserve(limits::witness_batch_ids_max);
  for (const auto& id : ids) parameters.emplace_back(std::string(id.begin(), id.end()));
  while (parameters.size() < limits::witness_batch_ids_max) parameters.push_back(parameters.back());
  return parameters;
}

}  // namespace

Result<std::map<std::int32_t, PartitionCursor>> read_cursors(mariadb::Connection& connection) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  const auto rows =
      connection.query("SELECT partition_id, topic_id, next_offset, stopped_by IS NOT NULL FROM partition_cursors");
  if (!rows) return rows.error();
  std::map<std::int32_t, PartitionCursor> cursors;
  for (const auto& row : *rows) {
    PartitionCursor cursor;
    if (!copy_id(mariadb::text(row[1]), cursor.topic_id)) continue;
    cursor.next_offset = mariadb::integer(row[2]);
    cursor.stopped = mariadb::integer(row[3]) != 0;
    cursors[static_cast<std::int32_t>(mariadb::integer(row[0]))] = cursor;
  }
  return cursors;
}

Result<std::set<RawId>> find_stored(mariadb::Connection& connection, const std::vector<RawId>& ids) {
  std::set<RawId> stored;
  std::vector<RawId> left = ids;
  for (const auto& place : places) {
    if (left.empty()) break;
    if (auto connected = connection.connect(); !connected) return connected.error();
    const std::string sql = "SELECT " + std::string(place.column) + " FROM " + std::string(place.table) + " WHERE " +
                            std::string(place.column) + " IN (" + mariadb::placeholders(limits::witness_batch_ids_max) +
                            ")";
    const auto rows = connection.query(sql, parameters_of(left));
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      if (RawId id; copy_id(mariadb::text(row[0]), id)) stored.insert(id);
    }
    std::erase_if(left, [&](const RawId& id) { return stored.contains(id); });
  }
  return stored;
}

}  // namespace acq::gateway
