#include "settlement/operations/stuck.hpp"

#include <algorithm>

#include "common/codec/json_document.hpp"
#include "common/domain/schedule.hpp"
#include "settlement/operations/intent_lookup.hpp"
#include "settlement/writer/cursor.hpp"

namespace acq::settlement::operations {
namespace {

using mariadb::integer;
using mariadb::text;

constexpr std::string_view payment_columns =
    "p.payment_id, p.merchant_id, p.merchant_order_id, p.state, p.told_sequence >= p.sequence, p.created_at_ms, "
    "p.updated_at_ms, p.sent_at_ms, p.unknown_since_ms, p.next_query_at_ms, p.queries, p.tell_attempts, "
    "p.next_tell_at_ms, p.close_state, p.state IN ('succeeded','declined','closed','refused','reversed') ";

StuckPayment payment_from(const mariadb::Row& row) {
  StuckPayment p;
  p.payment_id = PaymentId::from_raw(text(row[0])).value_or(PaymentId{});
  p.merchant_id = MerchantId::from_raw(text(row[1])).value_or(MerchantId{});
  p.merchant_order_id = text(row[2]);
  p.state = text(row[3]);
  p.told = integer(row[4]) != 0;
  p.created_at_ms = integer(row[5]);
  p.updated_at_ms = integer(row[6]);
  p.sent_at_ms = integer(row[7]);
  p.unknown_since_ms = integer(row[8]);
  p.next_query_at_ms = integer(row[9]);
  p.queries = integer(row[10]);
  p.tell_attempts = integer(row[11]);
  p.next_tell_at_ms = integer(row[12]);
  p.close_state = text(row[13]);
  p.final = integer(row[14]) != 0;
  return p;
}

std::string next_query(const StuckPayment& p) {
  if (p.next_query_at_ms == 0) return {};
  return ", next query at " + codec::rfc3339(p.next_query_at_ms);
}

/// What has its row in open_items, and what stands above a watermark and has none (P17): together all that is open.
Result<std::vector<mariadb::Row>> open_rows(mariadb::Connection& connection, const PaymentId& after,
                                            std::size_t limit) {
  const std::string what = "SELECT " + std::string(payment_columns);
  const std::string raw(after.raw());
  const auto count = static_cast<std::int64_t>(limit);
  auto rows =
      connection.query(what + "FROM open_items o JOIN payments p USING (payment_id) WHERE o.payment_id > ? AND " +
                           std::string(payment_is_open) + " ORDER BY o.payment_id LIMIT ?",
                       {raw, count});
  if (!rows) return rows.error();
  auto above = connection.query(
      what +
          "FROM partition_cursors c JOIN payments p ON p.partition_id = c.partition_id AND p.log_offset >= "
          "c.watermark LEFT JOIN open_items o ON o.payment_id = p.payment_id WHERE o.payment_id IS NULL AND "
          "p.payment_id > ? AND " +
          std::string(payment_is_open) + " ORDER BY p.payment_id LIMIT ?",
      {raw, count});
  if (!above) return above.error();
  rows->insert(rows->end(), above->begin(), above->end());
  std::sort(rows->begin(), rows->end(), [](const auto& a, const auto& b) { return text(a[0]) < text(b[0]); });
  if (rows->size() > limit) rows->resize(limit);
  return rows;
}

/// One more than asked for is read of each kind; whether it came says whether there is more.
struct Collector {
  Stuck& stuck;
  std::size_t limit;
  void add(std::vector<StuckItem> items) {
    std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.since_ms < b.since_ms; });
    if (items.size() > limit) {
      stuck.more = true;
      items.resize(limit);
    }
    std::move(items.begin(), items.end(), std::back_inserter(stuck.items));
  }
};

std::string payment_text(const mariadb::Value& value) {
  const auto id = PaymentId::from_raw(text(value));
  return id ? id->text() : std::string();
}

}  // namespace

std::int64_t stuck_since_ms(const StuckPayment& p) {
  if (p.final) return p.updated_at_ms;
  if (p.state == "unknown" && p.unknown_since_ms != 0) return p.unknown_since_ms;
  return p.created_at_ms;
}

std::string reason_of(const StuckPayment& p) {
  if (p.final) {
    if (p.next_tell_at_ms >= parked_until_ms) {
      return "parked: the merchant acknowledged none of " + std::to_string(p.tell_attempts) + " callbacks";
    }
    if (p.tell_attempts == 0) return "callback owed since " + codec::rfc3339(p.updated_at_ms);
    return "callback failing, " + std::to_string(p.tell_attempts) + " tries, next at " +
           codec::rfc3339(p.next_tell_at_ms);
  }
  std::string why;
  if (p.state == "unknown") {
    why = "unknown since " + codec::rfc3339(p.unknown_since_ms) + ", asked " + std::to_string(p.queries) + " times";
  } else if (p.state == "awaiting_payer") {
    why = "waiting for the payer";
  } else if (p.sent_at_ms != 0) {
    why = "waiting for the channel since " + codec::rfc3339(p.sent_at_ms);
  } else {
    why = "not sent to the channel yet";
  }
  why += next_query(p);
  if (p.close_state == "asked") why += ", its close is asked for";
  if (!p.told && p.tell_attempts > 0) why += ", callback failing, " + std::to_string(p.tell_attempts) + " tries";
  return why;
}

Result<Stuck> find_stuck(mariadb::Connection& connection, std::int64_t older_than_ms, std::size_t limit) {
  Stuck stuck;
  auto now = database_now_ms(connection);
  if (!now) return now.error();
  stuck.now_ms = *now;
  const auto before = *now - older_than_ms;
  const auto count = static_cast<std::int64_t>(limit + 1);
  Collector collector{stuck, limit};

  std::vector<StuckItem> items;
  PaymentId after{};
  // Young ones are skipped here and not in SQL, where "since when" would be said a second time.
  constexpr std::size_t page = 1'000;
  constexpr std::size_t pages_max = 200;
  for (std::size_t read = 0; read < pages_max && items.size() <= limit; ++read) {
    auto rows = open_rows(connection, after, page);
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      const auto payment = payment_from(row);
      after = payment.payment_id;
      const auto since = stuck_since_ms(payment);
      if (since > before) continue;
      items.push_back(
          {"payment", payment.payment_id.text(), payment.merchant_order_id, payment.state, since, reason_of(payment)});
    }
    if (rows->size() < page) break;
  }
  collector.add(std::move(items));

  auto refunds = connection.query(
      "SELECT payment_id, merchant_order_id, state, created_at_ms, code, sent_at_ms, due_at_ms, origin FROM refunds "
      "WHERE state <> 'succeeded' AND NOT (origin = 'merchant' AND state = 'failed') AND created_at_ms <= ? ORDER BY "
      "created_at_ms LIMIT ?",
      {before, count});
  if (!refunds) return refunds.error();
  items.clear();
  for (const auto& row : *refunds) {
    std::string why = text(row[7]) + " refund ";
    if (text(row[2]) == "failed")
      why += "failed: " + text(row[4]) + "; two operators must end it";
    else
      why += integer(row[5]) == 0 ? "not sent yet" : "waiting for the channel since " + codec::rfc3339(integer(row[5]));
    if (integer(row[6]) != 0) why += ", next at " + codec::rfc3339(integer(row[6]));
    items.push_back({"refund", payment_text(row[0]), text(row[1]), text(row[2]), integer(row[3]), std::move(why)});
  }
  auto held = connection.query(
      "SELECT h.payment_id, v.recorded_at_ms, p.payment_id IS NULL FROM held_refunds h JOIN intent_verdicts v ON "
      "v.intent_id = h.refund_id LEFT JOIN payments p ON p.payment_id = h.payment_id WHERE v.recorded_at_ms <= ? ORDER "
      "BY "
      "v.recorded_at_ms LIMIT ?",
      {before, count});
  if (!held) return held.error();
  for (const auto& row : *held) {
    const std::string_view why = integer(row[2]) != 0 ? "is not stored" : "has not ended";
    items.push_back({"refund", payment_text(row[0]), "", "held", integer(row[1]),
                     "merchant refund held: its payment " + std::string(why)});
  }
  collector.add(std::move(items));

  auto letters = connection.query(
      "SELECT partition_id, log_offset, code, reason, recorded_at_ms FROM dead_letters WHERE replays = 0 AND "
      "recorded_at_ms <= ? ORDER BY recorded_at_ms LIMIT ?",
      {before, count});
  if (!letters) return letters.error();
  items.clear();
  for (const auto& row : *letters) {
    items.push_back({"dead_letter", std::to_string(integer(row[0])) + ":" + std::to_string(integer(row[1])), "",
                     "parked", integer(row[4]), "parked: " + text(row[2]) + " (" + text(row[3]) + ")"});
  }
  collector.add(std::move(items));

  auto incidents = connection.query(
      "SELECT incident_id, kind, detail, opened_at_ms, partition_id FROM incidents WHERE resolved_at_ms IS NULL AND "
      "opened_at_ms <= ? ORDER BY incident_id LIMIT ?",
      {before, count});
  if (!incidents) return incidents.error();
  items.clear();
  for (const auto& row : *incidents) {
    items.push_back({"incident", std::to_string(integer(row[0])), "", text(row[1]), integer(row[3]),
                     "partition " + std::to_string(integer(row[4])) + ": " + text(row[2])});
  }
  collector.add(std::move(items));

  auto stopped = connection.query(
      "SELECT c.partition_id, c.stopped_by, i.opened_at_ms FROM partition_cursors c LEFT JOIN incidents i ON "
      "i.incident_id = c.stopped_by WHERE c.stopped_by IS NOT NULL ORDER BY c.partition_id LIMIT ?",
      {count});
  if (!stopped) return stopped.error();
  items.clear();
  for (const auto& row : *stopped) {
    items.push_back({"partition", std::to_string(integer(row[0])), "", "stopped", integer(row[2]),
                     "stopped by incident " + std::to_string(integer(row[1])) + ": acq incident resolve " +
                         std::to_string(integer(row[1]))});
  }
  collector.add(std::move(items));
  return stuck;
}

Result<std::vector<PaymentId>> open_payments(mariadb::Connection& connection, std::int64_t older_than_ms,
                                             const PaymentId& after, std::size_t limit) {
  auto now = database_now_ms(connection);
  if (!now) return now.error();
  std::vector<PaymentId> ids;
  for (PaymentId last = after;;) {
    auto rows = open_rows(connection, last, limit);
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      const auto payment = payment_from(row);
      last = payment.payment_id;
      if (stuck_since_ms(payment) <= *now - older_than_ms) ids.push_back(last);
    }
    // An empty page says "the end": young ones alone must not look like it.
    if (!ids.empty() || rows->size() < limit) return ids;
  }
}

}  // namespace acq::settlement::operations
