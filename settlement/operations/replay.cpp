#include "settlement/operations/replay.hpp"

#include <algorithm>
#include <array>

#include "common/limits.hpp"
#include "settlement/operations/audit.hpp"
#include "settlement/operations/dead_letters.hpp"
#include "settlement/operations/intent_lookup.hpp"
#include "settlement/operations/payment_story.hpp"
#include "settlement/operations/transaction.hpp"
#include "settlement/writer/cursor.hpp"

namespace acq::settlement::operations {
namespace {

using mariadb::integer;
using mariadb::text;

struct Place {
  IntentId intent_id;
  std::int32_t partition = 0;
  std::int64_t log_offset = 0;
};

/// The payment's own row is its newest create's place; closes and further attempts have theirs in
/// intent_verdicts, refunds in refunds and refund_aliases.
Result<std::vector<Place>> places_of(mariadb::Connection& connection, const IntentId& id) {
  const std::string raw(id.raw());
  // With one kind of id in three columns, the same bytes find a payment's whole set or one intent alone.
  auto rows = connection.query(
      "SELECT payment_id, partition_id, log_offset FROM payments WHERE payment_id = ? UNION "
      "SELECT intent_id, partition_id, log_offset FROM intent_verdicts WHERE (payment_id = ? OR intent_id = ?) AND "
      "kind <> 'notification' UNION "
      "SELECT alias_id, partition_id, log_offset FROM payment_aliases WHERE alias_id = ? UNION "
      "SELECT refund_id, partition_id, log_offset FROM refunds WHERE (payment_id = ? OR refund_id = ?) AND "
      "log_offset IS NOT NULL UNION "
      "SELECT alias_id, partition_id, log_offset FROM refund_aliases WHERE alias_id = ? "
      "ORDER BY 3, 1 LIMIT 200",
      {raw, raw, raw, raw, raw, raw, raw});
  if (!rows) return rows.error();
  std::vector<Place> places;
  for (const auto& row : *rows) {
    if (const auto one = IntentId::from_raw(text(row[0]))) {
      places.push_back({*one, static_cast<std::int32_t>(integer(row[1])), integer(row[2])});
    }
  }
  return places;
}

struct Found {
  Place place;
  std::string from;
  IntentNames names;
  std::string bytes;
};

Result<std::optional<Found>> find_bytes(mariadb::Connection& connection, LogDesk& log, const Place& place,
                                        bool on_log) {
  Found found{place, {}, {}, {}};
  if (on_log) {
    auto bytes = log.bytes_of(place.intent_id, place.partition, place.log_offset);
    if (!bytes) return bytes.error();
    found.bytes = std::move(*bytes);
    found.from = "log " + std::to_string(place.partition) + ":" + std::to_string(place.log_offset);
  }
  if (found.bytes.empty()) {
    auto letter = find_dead_letter(connection, place.intent_id.text());
    if (!letter && letter.error().code != Errc::not_found) return letter.error();
    if (!letter) return std::optional<Found>{};
    found.bytes = std::move(letter->record);
    found.from = "dead letter " + letter->place.text();
  }
  auto names = names_of(found.bytes);
  if (!names || names->intent_id != place.intent_id) return std::optional<Found>{};
  found.names = std::move(*names);
  return std::optional<Found>(std::move(found));
}

ReplayEnd end_of(kafka::Persistence persistence) {
  switch (persistence) {
    case kafka::Persistence::persisted:
      return ReplayEnd::offered;
    case kafka::Persistence::not_persisted:
      return ReplayEnd::not_persisted;
    case kafka::Persistence::possibly:
      return ReplayEnd::possibly;
  }
  return ReplayEnd::possibly;
}

}  // namespace

std::string_view name_of(ReplayEnd end) noexcept {
  constexpr std::array names{"planned", "offered", "possibly", "not_persisted", "stored", "too_young"};
  return names[static_cast<std::size_t>(end)];
}

Result<std::vector<Replayed>> replay_intents(mariadb::Connection& connection, LogDesk& log, const IntentId& id,
                                             const Act& act) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  auto places = places_of(connection, id);
  if (!places) return places.error();
  const bool stored = !places->empty();
  if (!stored) places->push_back({id, 0, 0});  // only parked, perhaps
  std::vector<Found> found;
  for (const auto& place : *places) {
    auto one = find_bytes(connection, log, place, stored);
    if (!one) return one.error();
    if (*one) found.push_back(std::move(**one));
  }
  if (found.empty()) {
    if (!stored) {
      return Failure(Errc::not_found,
                     "neither a row nor a dead letter has it; if it was offered, the witness does: "
                     "acq replay --from-witness");
    }
    return Failure(Errc::precondition_failed,
                   "its record is not on the log any more and no dead letter keeps it: "
                   "acq replay --from-witness");
  }
  std::vector<Replayed> done;
  std::string detail;
  for (const auto& one : found) {
    done.push_back({one.place.intent_id, one.from, ReplayEnd::planned});
    detail += (detail.empty() ? "" : ", ") + one.from;
  }
  if (!act.apply) return done;
  const auto noted = transact(connection, [&] {
    return append_audit(connection, {0, act.operator_name, "replay", PaymentId{id.bytes}.text(), detail, act.reason});
  });
  if (!noted) return noted.error();
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto offered = log.offer(found[i].names, std::move(found[i].bytes));
    if (!offered) return offered.error();
    done[i].end = end_of(*offered);
    // The order of acceptance holds: what comes behind one that is not known to be there waits for the next try.
    if (done[i].end != ReplayEnd::offered) break;
  }
  return done;
}

Result<std::vector<Replayed>> replay_witnessed(mariadb::Connection& connection, LogDesk& log,
                                               const std::vector<std::string>& intents, const Act& act) {
  std::vector<IntentNames> names;
  std::vector<IntentId> ids;
  for (const auto& bytes : intents) {
    auto one = names_of(bytes);
    if (!one) return Failure(Errc::precondition_failed, "an intent cannot be read: " + one.error().detail);
    ids.push_back(one->intent_id);
    names.push_back(std::move(*one));
  }
  auto now = database_now_ms(connection);
  if (!now) return now.error();
  auto found = look_up_intents(connection, ids);
  if (!found) return found.error();
  std::vector<Replayed> done;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ReplayEnd end = ReplayEnd::planned;
    // What is parked or held is open, not lost: its own commands mend it.
    if ((*found)[i].verdict != IntentVerdict::absent) end = ReplayEnd::stored;
    if (ids[i].unix_ms() + limits::offer_window_ms > *now) end = ReplayEnd::too_young;
    done.push_back({ids[i], "witness", end});
  }
  if (!act.apply) return done;
  const auto noted = transact(connection, [&]() -> Result<void> {
    for (const auto& one : done) {
      if (one.end != ReplayEnd::planned) continue;
      auto audited = append_audit(connection, {0, act.operator_name, "replay_from_witness",
                                               PaymentId{one.intent_id.bytes}.text(), "witness", act.reason});
      if (!audited) return audited;
    }
    return {};
  });
  if (!noted) return noted.error();
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i].end != ReplayEnd::planned) continue;
    auto offered = log.offer(names[i], intents[i]);
    if (!offered) return offered.error();
    done[i].end = end_of(*offered);
    if (done[i].end != ReplayEnd::offered) break;
  }
  return done;
}

}  // namespace acq::settlement::operations
