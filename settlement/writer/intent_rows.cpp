// PaymentStore's rows beside the payments: verdicts, aliases, held attempts, dead letters, incidents.
#include "settlement/writer/payment_store.hpp"
#include "settlement/writer/sql_columns.hpp"

namespace acq::settlement {

using mariadb::integer;
using mariadb::text;
using mariadb::Value;

Result<std::vector<HeldAttempt>> PaymentStore::load_held(std::span<const PaymentId> ids) {
  std::vector<HeldAttempt> held;
  if (ids.empty()) return held;
  if (!any_held_) {
    auto any = connection_.query("SELECT 1 FROM held_attempts LIMIT 1");
    if (!any) return any.error();
    any_held_ = !any->empty();
  }
  if (!*any_held_) return held;
  const auto padded = padded_size(ids.size());
  std::vector<Value> parameters;
  add_padded(parameters, ids, padded);
  auto rows = connection_.query(
      "SELECT payment_id, attempt, log_offset, append_ms, record, close_asked FROM held_attempts WHERE payment_id IN "
      "(" +
          mariadb::placeholders(padded) + ")",
      parameters);
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    held.push_back({{PaymentId::from_raw(text(row[0])).value(), static_cast<std::int32_t>(integer(row[1]))},
                    integer(row[2]),
                    integer(row[3]),
                    text(row[4]),
                    integer(row[5]) != 0});
  }
  return held;
}

Result<void> PaymentStore::insert_held(std::span<const HeldAttempt> held) {
  for (const auto& one : held) {
    auto inserted = connection_.execute(
        "INSERT INTO held_attempts (payment_id, attempt, log_offset, append_ms, record) VALUES (?, ?, ?, ?, ?)",
        {std::string(one.key.first.raw()), std::int64_t{one.key.second}, one.log_offset, one.append_ms, one.record});
    if (!inserted) return inserted.error();
    any_held_ = true;
  }
  return {};
}

Result<void> PaymentStore::ask_held_to_close(std::span<const AttemptKey> held) {
  for (const auto& [payment, attempt] : held) {
    auto asked = connection_.execute("UPDATE held_attempts SET close_asked = TRUE WHERE payment_id = ? AND attempt = ?",
                                     {std::string(payment.raw()), std::int64_t{attempt}});
    if (!asked) return asked.error();
  }
  return {};
}

Result<void> PaymentStore::delete_held(std::span<const AttemptKey> released) {
  for (const auto& [payment, attempt] : released) {
    auto deleted = connection_.execute("DELETE FROM held_attempts WHERE payment_id = ? AND attempt = ?",
                                       {std::string(payment.raw()), std::int64_t{attempt}});
    if (!deleted) return deleted.error();
  }
  return {};
}

Result<void> PaymentStore::settle_verdicts(std::span<const Verdict> verdicts) {
  for (const auto& v : verdicts) {
    auto settled = connection_.execute("UPDATE intent_verdicts SET verdict = ?, code = ? WHERE intent_id = ?",
                                       {std::string(v.verdict), std::string(v.code), std::string(v.intent_id.raw())});
    if (!settled) return settled.error();
  }
  return {};
}

Result<std::vector<IntentId>> PaymentStore::load_verdicts(std::span<const IntentId> ids) {
  std::vector<IntentId> known;
  if (ids.empty()) return known;
  const auto padded = padded_size(ids.size());
  std::vector<Value> parameters;
  add_padded(parameters, ids, padded);
  auto rows = connection_.query(
      "SELECT intent_id FROM intent_verdicts WHERE intent_id IN (" + mariadb::placeholders(padded) + ")", parameters);
  if (!rows) return rows.error();
  for (const auto& row : *rows) known.push_back(IntentId::from_raw(text(row[0])).value());
  return known;
}

Result<void> PaymentStore::insert_verdicts(std::int32_t partition, std::span<const Verdict> verdicts,
                                           std::int64_t now_ms) {
  if (verdicts.empty()) return {};
  using V = Verdict;
  static const PaymentId none{};
  return only_failure(connection_.execute_bulk(
      "INSERT INTO intent_verdicts (intent_id, kind, payment_id, partition_id, log_offset, verdict, code, "
      "recorded_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      {texts<V>(verdicts, [](const V& v) { return v.intent_id.raw(); }),
       texts<V>(verdicts, [](const V& v) { return v.kind; }),
       texts<V>(verdicts, [](const V& v) { return (v.payment_id ? *v.payment_id : none).raw(); }),
       numbers<V>(verdicts, [=](const V&) { return std::int64_t{partition}; }),
       numbers<V>(verdicts, [](const V& v) { return v.log_offset; }),
       texts<V>(verdicts, [](const V& v) { return v.verdict; }), texts<V>(verdicts, [](const V& v) { return v.code; }),
       numbers<V>(verdicts, [=](const V&) { return now_ms; })}));
}

Result<void> PaymentStore::insert_aliases(std::int32_t partition, std::span<const Alias> aliases, std::int64_t now_ms) {
  for (const auto& alias : aliases) {
    auto inserted = connection_.execute(
        "INSERT INTO payment_aliases VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE alias_id = alias_id",
        {std::string(alias.alias_id.raw()), std::string(alias.payment_id.raw()), std::int64_t{partition},
         alias.log_offset, now_ms});
    if (!inserted) return inserted.error();
  }
  return {};
}

Result<void> PaymentStore::insert_dead_letters(const kafka::TopicId& topic, std::int32_t partition,
                                               std::span<const DeadLetter> letters, std::int64_t now_ms) {
  for (const auto& letter : letters) {
    auto inserted = connection_.execute(
        "INSERT INTO dead_letters (topic_id, partition_id, log_offset, intent_id, code, reason, record, "
        "recorded_at_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE log_offset = VALUES(log_offset)",
        {std::string(reinterpret_cast<const char*>(topic.data()), topic.size()), std::int64_t{partition},
         letter.log_offset, letter.intent_id ? Value(std::string(letter.intent_id->raw())) : Value(std::monostate{}),
         letter.code, letter.reason.substr(0, 512), letter.record, now_ms});
    if (!inserted) return inserted.error();
  }
  return {};
}

Result<std::int64_t> PaymentStore::insert_incident(std::int32_t partition, const Incident& incident,
                                                   std::int64_t now_ms) {
  const auto optional_number = [](const std::optional<std::int64_t>& n) {
    return n ? Value(*n) : Value(std::monostate{});
  };
  if (incident.payment_id) {
    auto open = connection_.query(
        "SELECT incident_id FROM incidents WHERE payment_id = ? AND kind = ? AND resolved_at_ms IS NULL LIMIT 1",
        {std::string(incident.payment_id->raw()), incident.kind});
    if (!open) return open.error();
    if (!open->empty()) return integer(open->front().front());
  }
  auto inserted = connection_.execute(
      "INSERT INTO incidents (kind, partition_id, from_offset, to_offset, payment_id, detail, opened_at_ms) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      {incident.kind, std::int64_t{partition}, optional_number(incident.from_offset),
       optional_number(incident.to_offset),
       incident.payment_id ? Value(std::string(incident.payment_id->raw())) : Value(std::monostate{}),
       incident.detail.substr(0, 512), now_ms});
  if (!inserted) return inserted.error();
  auto row = connection_.query("SELECT CAST(LAST_INSERT_ID() AS SIGNED)");
  if (!row) return row.error();
  return integer(row->front().front());
}

}  // namespace acq::settlement
