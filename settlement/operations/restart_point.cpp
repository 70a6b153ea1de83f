#include "settlement/operations/restart_point.hpp"

#include <algorithm>

#include "settlement/operations/intent_lookup.hpp"

namespace acq::settlement::operations {
namespace {

constexpr std::int64_t stretch = 500;

std::string raw(const kafka::TopicId& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

/// Offsets of this partition whose record was parked.
Result<std::vector<std::int64_t>> parked_offsets(mariadb::Connection& connection, const kafka::TopicId& topic,
                                                 std::int32_t partition, std::int64_t from, std::int64_t to) {
  auto rows = connection.query(
      "SELECT log_offset FROM dead_letters WHERE topic_id = ? AND partition_id = ? AND log_offset >= ? AND log_offset "
      "< ?",
      {raw(topic), std::int64_t{partition}, from, to});
  if (!rows) return rows.error();
  std::vector<std::int64_t> offsets;
  for (const auto& row : *rows) offsets.push_back(mariadb::integer(row[0]));
  return offsets;
}

/// Walks back from `end` to the last record that stands where its own row says it was applied; what is behind it
/// differs. A record that was only seen again (its row names an earlier place) proves nothing: further back is always
/// safe, because applying again is harmless.
Result<std::int64_t> first_that_differs(mariadb::Connection& connection, LogDesk& log, const kafka::TopicId& topic,
                                        std::int32_t partition, std::int64_t first, std::int64_t end) {
  const auto floor = std::max(first, end - static_cast<std::int64_t>(walk_back_max));
  for (std::int64_t to = end; to > floor;) {
    const auto from = std::max(floor, to - stretch);
    auto records = log.read(partition, from, to, static_cast<std::size_t>(stretch));
    if (!records) return records.error();
    auto parked = parked_offsets(connection, topic, partition, from, to);
    if (!parked) return parked.error();
    std::vector<IntentId> ids;
    for (const auto& record : *records) {
      const auto names = names_of(record.value());
      ids.push_back(names ? names->intent_id : IntentId{});
    }
    auto rows = look_up_intents(connection, ids);
    if (!rows) return rows.error();
    for (auto i = records->size(); i-- > 0;) {
      const auto at = (*records)[i].offset();
      const bool applied_here = (*rows)[i].partition == partition && (*rows)[i].log_offset == at;
      const bool parked_here = std::find(parked->begin(), parked->end(), at) != parked->end();
      if (applied_here || parked_here) return at + 1;
    }
    to = from;
  }
  return floor;
}

}  // namespace

Result<Restart> restart_point(mariadb::Connection& connection, LogDesk& log, const StoredIncident& incident,
                              const kafka::TopicId& cursor_topic) {
  Restart restart;
  restart.partition = incident.partition;
  restart.topic_id = cursor_topic;
  auto present = log.topic_id();
  if (!present) return present.error();
  auto bounds = log.bounds(incident.partition);
  if (!bounds) return bounds.error();
  if (incident.kind != "topic_changed" && *present != cursor_topic) {
    return Failure(Errc::precondition_failed,
                   "the topic was made again since: restart acq-settlement, which finds that, and resolve the new "
                   "incident instead");
  }
  if (incident.kind == "topic_changed") {
    restart.topic_id = *present;
    restart.next_offset = 0;
  } else if (incident.kind == "gap") {
    restart.next_offset = incident.to_offset.value_or(bounds->first);
  } else {  // log_moved_back, intent_differs
    auto end = incident.kind == "log_moved_back" ? incident.from_offset.value_or(bounds->end)
                                                 : incident.to_offset.value_or(bounds->end);
    end = std::clamp(end, bounds->first, bounds->end);
    auto differs = first_that_differs(connection, log, cursor_topic, incident.partition, bounds->first, end);
    if (!differs) return differs.error();
    restart.next_offset = *differs;
  }
  auto last = log.intent_at(incident.partition, restart.next_offset - 1);
  if (!last) return last.error();
  restart.last_intent_id = *last;
  return restart;
}

}  // namespace acq::settlement::operations
