#include "settlement/operations/intent_lookup.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace acq::settlement::operations {
namespace {

using mariadb::integer;
using mariadb::text;
using mariadb::Value;

constexpr std::array names{"applied", "alias", "refused", "parked", "held", "absent"};

/// Padded with the last one to a power of two, so that few statements are ever prepared.
void pad(std::vector<Value>& values) {
  std::size_t size = 1;
  while (size < values.size()) size *= 2;
  if (!values.empty()) values.resize(size, values.back());
}

std::vector<Value> raw_ids(std::span<const IntentId> ids) {
  std::vector<Value> values;
  values.reserve(2 * ids.size());
  for (const auto& id : ids) values.emplace_back(std::string(id.raw()));
  pad(values);
  return values;
}

bool final_state(std::string_view state) {
  constexpr std::array final_ones{"succeeded", "declined", "closed", "refused", "reversed"};
  return std::find(final_ones.begin(), final_ones.end(), state) != final_ones.end();
}

struct PaymentFacts {
  std::string state;
  bool open = false;
  std::string number;
  std::int32_t partition = -1;
  std::int64_t log_offset = -1;
};

/// Facts of these payments, by their raw ids.
Result<std::unordered_map<std::string, PaymentFacts>> facts_of(mariadb::Connection& connection,
                                                               const std::vector<Value>& ids) {
  std::unordered_map<std::string, PaymentFacts> facts;
  if (ids.empty()) return facts;
  auto rows = connection.query(
      "SELECT p.payment_id, p.state, " + std::string(payment_is_open) +
          ", CONCAT(HEX(p.merchant_id), '/', p.merchant_order_id), p.partition_id, p.log_offset FROM payments p WHERE "
          "p.payment_id IN (" +
          mariadb::placeholders(ids.size()) + ")",
      ids);
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    facts[text(row[0])] = {text(row[1]), integer(row[2]) != 0, text(row[3]), static_cast<std::int32_t>(integer(row[4])),
                           integer(row[5])};
  }
  return facts;
}

void take(LookedUpIntent& found, IntentVerdict verdict, const std::string& payment_id) {
  found.verdict = verdict;
  const auto id = PaymentId::from_raw(payment_id);
  if (id && *id != PaymentId{}) found.payment_id = *id;  // zeros: a held close, whose payment has not come
}

/// A refund's row is its intent's; an alias shows the refund that has its number.
Result<void> take_refunds(mariadb::Connection& connection, const std::string& list, const std::vector<Value>& raw,
                          const std::unordered_map<std::string, std::size_t>& place,
                          std::vector<LookedUpIntent>& found) {
  const std::string columns = "r.payment_id, r.state, r.due_at_ms IS NOT NULL, r.state = 'failed' AND NOT r.in_gate";
  auto rows =
      connection.query("SELECT r.refund_id, r.partition_id, r.log_offset, FALSE, " + columns +
                           " FROM refunds r WHERE r.log_offset IS NOT NULL AND r.refund_id IN " + list +
                           " UNION ALL SELECT a.alias_id, a.partition_id, a.log_offset, TRUE, " + columns +
                           " FROM refund_aliases a LEFT JOIN refunds r USING (refund_id) WHERE a.alias_id IN " + list,
                       [&] {
                         std::vector<Value> twice = raw;
                         twice.insert(twice.end(), raw.begin(), raw.end());
                         return twice;
                       }());
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    auto& one = found[place.at(text(row[0]))];
    const bool alias = integer(row[3]) != 0;
    const bool refused = integer(row[7]) != 0;
    take(one, alias ? IntentVerdict::alias : refused ? IntentVerdict::refused : IntentVerdict::applied, text(row[4]));
    one.partition = static_cast<std::int32_t>(integer(row[1]));
    one.log_offset = integer(row[2]);
    one.state = text(row[5]);
    one.final = one.state == "succeeded" || one.state == "failed";
    one.open = integer(row[6]) != 0;
  }
  return {};
}

}  // namespace

std::string_view name_of(IntentVerdict verdict) noexcept {
  return names[static_cast<std::size_t>(verdict)];
}

std::optional<IntentVerdict> intent_verdict_from_name(std::string_view name) noexcept {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<IntentVerdict>(found - names.begin());
}

Result<std::vector<LookedUpIntent>> look_up_intents(mariadb::Connection& connection, std::span<const IntentId> ids) {
  std::vector<LookedUpIntent> found(ids.size());
  if (ids.empty()) return found;
  if (auto connected = connection.connect(); !connected) return connected.error();
  const auto raw = raw_ids(ids);
  const auto list = "(" + mariadb::placeholders(raw.size()) + ")";
  std::unordered_map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    found[i].asked = ids[i];
    place.emplace(std::string(ids[i].raw()), i);
  }
  // The weakest word first: a later one overwrites it.
  auto parked = connection.query("SELECT intent_id FROM dead_letters WHERE intent_id IN " + list, raw);
  if (!parked) return parked.error();
  for (const auto& row : *parked) found[place.at(text(row[0]))].verdict = IntentVerdict::parked;
  auto verdicts = connection.query(
      "SELECT intent_id, payment_id, verdict, partition_id, log_offset FROM intent_verdicts WHERE intent_id IN " + list,
      raw);
  if (!verdicts) return verdicts.error();
  for (const auto& row : *verdicts) {
    auto& one = found[place.at(text(row[0]))];
    take(one, intent_verdict_from_name(text(row[2])).value_or(IntentVerdict::applied), text(row[1]));
    one.partition = static_cast<std::int32_t>(integer(row[3]));
    one.log_offset = integer(row[4]);
  }
  auto aliases = connection.query(
      "SELECT alias_id, payment_id, partition_id, log_offset FROM payment_aliases WHERE alias_id IN " + list, raw);
  if (!aliases) return aliases.error();
  for (const auto& row : *aliases) {
    auto& one = found[place.at(text(row[0]))];
    take(one, IntentVerdict::alias, text(row[1]));
    one.partition = static_cast<std::int32_t>(integer(row[2]));
    one.log_offset = integer(row[3]);
  }

  std::vector<Value> wanted = raw;
  for (const auto& one : found) {
    if (one.payment_id) wanted.emplace_back(std::string(one.payment_id->raw()));
  }
  pad(wanted);
  auto facts = facts_of(connection, wanted);
  if (!facts) return facts.error();
  for (auto& one : found) {
    const auto own = facts->find(std::string(one.asked.raw()));
    const auto other = one.payment_id ? facts->find(std::string(one.payment_id->raw())) : facts->end();
    if (own != facts->end()) {  // a first attempt: its row is the payment's own
      const bool refused = own->second.state == "refused";
      take(one, refused ? IntentVerdict::refused : IntentVerdict::applied, std::string(one.asked.raw()));
      one.number = refused ? std::string() : own->second.number;
      one.partition = own->second.partition;
      one.log_offset = own->second.log_offset;
    }
    const auto& shown = own != facts->end() ? own : other;
    if (shown == facts->end()) continue;
    one.state = shown->second.state;
    one.final = final_state(one.state);
    one.open = shown->second.open;
  }
  if (auto r = take_refunds(connection, list, raw, place, found); !r) return r.error();
  for (std::size_t i = 0; i < ids.size(); ++i) found[i] = found[place.at(std::string(ids[i].raw()))];  // asked twice
  return found;
}

Result<std::vector<IntentId>> stored_intents(mariadb::Connection& connection, std::int64_t from_ms, std::int64_t to_ms,
                                             const IntentId& after, std::size_t limit) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  // Ids begin with their time (48 bits), so that a window is a range of the primary keys.
  const auto edge = [](std::int64_t ms) {
    std::string raw(16, '\0');
    for (int i = 0; i < 6; ++i) raw[static_cast<std::size_t>(i)] = static_cast<char>((ms >> (8 * (5 - i))) & 0xFF);
    return raw;
  };
  const std::string low = std::max(edge(std::max<std::int64_t>(from_ms, 0)), std::string(after.raw()));
  const std::string high = edge(to_ms);
  std::vector<IntentId> ids;
  struct Source {
    std::string table;
    std::string id;
    std::string only;
  };
  // An automatic refund has no intent.
  for (const auto& [table, id, only] :
       {Source{"payments", "payment_id", ""}, Source{"payment_aliases", "alias_id", ""},
        Source{"intent_verdicts", "intent_id", ""}, Source{"refunds", "refund_id", "log_offset IS NOT NULL AND "},
        Source{"refund_aliases", "alias_id", ""}, Source{"dead_letters", "intent_id", ""}}) {
    auto rows = connection.query("SELECT " + id + " FROM " + table + " WHERE " + only + id + " > ? AND " + id +
                                     " < ? ORDER BY " + id + " LIMIT ?",
                                 {low, high, static_cast<std::int64_t>(limit)});
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      if (const auto one = IntentId::from_raw(text(row[0]))) ids.push_back(*one);
    }
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (ids.size() > limit) ids.resize(limit);  // each table gave its first `limit`: none is left out
  return ids;
}

}  // namespace acq::settlement::operations
