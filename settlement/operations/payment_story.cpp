#include "settlement/operations/payment_story.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "common/crypto/digest.hpp"
#include "settlement/operations/rows_json.hpp"
#include "settlement/writer/payment_store.hpp"

namespace acq::settlement::operations {
namespace {

using enum Cell;
using mariadb::integer;
using mariadb::text;

// Not shown: sealed_code (P24), code_url (whoever has it may pay it), and what the merchant keeps in metadata.
constexpr std::array payment_columns{
    ShownColumn{"p.payment_id", "payment_id", payment},
    ShownColumn{"p.merchant_id", "merchant_id", merchant},
    ShownColumn{"m.name", "merchant"},
    ShownColumn{"p.merchant_order_id", "merchant_order_id"},
    ShownColumn{"p.attempt", "attempt", number},
    ShownColumn{"p.amount", "amount", number},
    ShownColumn{"p.refunded_amount", "refunded_amount", number},
    ShownColumn{"p.currency", "currency"},
    ShownColumn{"p.method", "method"},
    ShownColumn{"p.state", "state"},
    ShownColumn{"p.decline_code", "decline_code"},
    ShownColumn{"p.close_state", "close_state"},
    ShownColumn{"p.close_code", "close_code"},
    ShownColumn{"p.channel_reference", "channel_reference"},
    ShownColumn{"p.sequence", "sequence", number},
    ShownColumn{"p.told_sequence", "told_sequence", number},
    ShownColumn{"p.created_at_ms", "created_at", Cell::time},
    ShownColumn{"p.updated_at_ms", "updated_at", Cell::time},
    ShownColumn{"p.expires_at_ms", "expires_at", Cell::time},
    ShownColumn{"p.sent_at_ms", "sent_at", Cell::time},
    ShownColumn{"p.unknown_since_ms", "unknown_since", Cell::time},
    ShownColumn{"p.next_query_at_ms", "next_query_at", Cell::time},
    ShownColumn{"p.queries", "queries", number},
    ShownColumn{"p.tell_attempts", "tell_attempts", number},
    ShownColumn{"p.next_tell_at_ms", "next_tell_at", Cell::time},
    ShownColumn{"p.callback_url", "callback_url"},
    ShownColumn{"p.description", "description"},
    ShownColumn{"p.partition_id", "partition", number},
    ShownColumn{"p.log_offset", "offset", number},
};
constexpr std::array attempt_columns{
    ShownColumn{"attempt", "attempt", number},
    ShownColumn{"state", "state"},
    ShownColumn{"method", "method"},
    ShownColumn{"decline_code", "decline_code"},
    ShownColumn{"channel_reference", "channel_reference"},
    ShownColumn{"ended_at_ms", "ended_at", Cell::time},
};
constexpr std::array alias_columns{
    ShownColumn{"alias_id", "alias_id", payment},
    ShownColumn{"partition_id", "partition", number},
    ShownColumn{"log_offset", "offset", number},
    ShownColumn{"recorded_at_ms", "recorded_at", Cell::time},
};
constexpr std::array verdict_columns{
    ShownColumn{"intent_id", "intent_id", intent},
    ShownColumn{"kind", "kind"},
    ShownColumn{"verdict", "verdict"},
    ShownColumn{"code", "code"},
    ShownColumn{"partition_id", "partition", number},
    ShownColumn{"log_offset", "offset", number},
    ShownColumn{"recorded_at_ms", "recorded_at", Cell::time},
};
constexpr std::array refund_columns{
    ShownColumn{"refund_id", "refund_id", refund},
    ShownColumn{"merchant_refund_id", "merchant_refund_id"},
    ShownColumn{"attempt", "attempt", number},
    ShownColumn{"origin", "origin"},
    ShownColumn{"amount", "amount", number},
    ShownColumn{"currency", "currency"},
    ShownColumn{"state", "state"},
    ShownColumn{"code", "code"},
    ShownColumn{"reason", "reason"},
    ShownColumn{"channel_reference", "channel_reference"},
    ShownColumn{"created_at_ms", "created_at", Cell::time},
    ShownColumn{"sent_at_ms", "sent_at", Cell::time},
    ShownColumn{"due_at_ms", "due_at", Cell::time},
    ShownColumn{"log_offset", "offset", number},
};
constexpr std::array refund_alias_columns{
    ShownColumn{"a.alias_id", "alias_id", refund},
    ShownColumn{"a.refund_id", "refund_id", refund},
    ShownColumn{"a.partition_id", "partition", number},
    ShownColumn{"a.log_offset", "offset", number},
    ShownColumn{"a.recorded_at_ms", "recorded_at", Cell::time},
};
constexpr std::array held_refund_columns{
    ShownColumn{"refund_id", "refund_id", refund},
    ShownColumn{"log_offset", "offset", number},
    ShownColumn{"append_ms", "appended_at", Cell::time},
};
constexpr std::array gate_columns{
    ShownColumn{"attempt", "attempt", number},     ShownColumn{"captured", "captured", number},
    ShownColumn{"refunding", "refunding", number}, ShownColumn{"refunded", "refunded", number},
    ShownColumn{"refunds", "refunds", number},
};
constexpr std::array letter_columns{
    ShownColumn{"partition_id", "partition", number},
    ShownColumn{"log_offset", "offset", number},
    ShownColumn{"code", "code"},
    ShownColumn{"reason", "reason"},
    ShownColumn{"recorded_at_ms", "recorded_at", Cell::time},
    ShownColumn{"replays", "replays", number},
    ShownColumn{"replayed_at_ms", "replayed_at", Cell::time},
};
constexpr std::array incident_columns{
    ShownColumn{"incident_id", "incident_id", number},
    ShownColumn{"kind", "kind"},
    ShownColumn{"detail", "detail"},
    ShownColumn{"opened_at_ms", "opened_at", Cell::time},
    ShownColumn{"resolved_at_ms", "resolved_at", Cell::time},
    ShownColumn{"resolved_by", "resolved_by"},
    ShownColumn{"resolution", "resolution"},
};
constexpr std::array audit_columns{
    ShownColumn{"audit_id", "audit_id", number},
    ShownColumn{"at_ms", "at", Cell::time},
    ShownColumn{"operator", "operator"},
    ShownColumn{"act", "act"},
    ShownColumn{"detail", "detail"},
    ShownColumn{"reason", "reason"},
};
constexpr std::array open_columns{ShownColumn{"due_at_ms", "due_at", Cell::time}};

/// The writer's key of (merchant, number, attempt), first attempt: first half of a SHA-256.
KeyHash key_of(std::string_view merchant_raw, std::string_view number) {
  std::string bytes(merchant_raw);
  bytes.push_back('\0');
  bytes.append(number).append(std::string_view("\0001", 2));
  const auto digest = crypto::sha256(bytes);
  KeyHash hash{};
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return hash;
}

/// Whether the log still has the record, and whether it is the same one.
void write_log(codec::JsonWriter& writer, LogDesk& log, const IntentId& id, std::int32_t partition,
               std::int64_t offset) {
  const auto bounds = log.bounds(partition);
  std::string_view is = "broker_away";
  if (bounds) {
    if (offset < bounds->first) {
      is = "deleted";
    } else if (offset >= bounds->end) {
      is = "beyond_the_end";
    } else if (const auto bytes = log.bytes_of(id, partition, offset); bytes) {
      is = bytes->empty() ? "another_record" : "there";
    }
  }
  writer.key("log").begin_object().member("partition", partition).member("offset", offset).member("record", is);
  if (bounds) writer.member("first", bounds->first).member("end", bounds->end);
  writer.end_object();
}

struct Section {
  std::string_view name;
  std::span<const ShownColumn> columns;
  std::string_view from;  ///< with one `?`: the raw payment id
};
constexpr std::array sections{
    Section{"attempts", attempt_columns, "FROM payment_attempts WHERE payment_id = ? ORDER BY attempt"},
    Section{"aliases", alias_columns, "FROM payment_aliases WHERE payment_id = ? ORDER BY alias_id LIMIT 100"},
    Section{"verdicts", verdict_columns, "FROM intent_verdicts WHERE payment_id = ? ORDER BY intent_id LIMIT 200"},
    Section{"refund_gates", gate_columns, "FROM refund_gates WHERE payment_id = ? ORDER BY attempt"},
    Section{"refunds", refund_columns, "FROM refunds WHERE payment_id = ? ORDER BY attempt, refund_id LIMIT 200"},
    Section{
        "refund_aliases", refund_alias_columns,
        "FROM refund_aliases a JOIN refunds r USING (refund_id) WHERE r.payment_id = ? ORDER BY a.alias_id LIMIT 200"},
    Section{"held_refunds", held_refund_columns,
            "FROM held_refunds WHERE payment_id = ? ORDER BY log_offset LIMIT 200"},
    Section{"incidents", incident_columns, "FROM incidents WHERE payment_id = ? ORDER BY incident_id LIMIT 100"},
    Section{"open_items", open_columns, "FROM open_items WHERE payment_id = ?"},
};

}  // namespace

Result<PaymentId> payment_behind(mariadb::Connection& connection, const IntentId& id) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  const std::string raw(id.raw());
  auto rows = connection.query(
      "SELECT payment_id FROM payments WHERE payment_id = ? UNION ALL SELECT payment_id FROM payment_aliases WHERE "
      "alias_id = ? UNION ALL SELECT payment_id FROM intent_verdicts WHERE intent_id = ? AND payment_id <> ? UNION ALL "
      "SELECT payment_id FROM refunds WHERE refund_id = ? UNION ALL SELECT r.payment_id FROM refund_aliases a JOIN "
      "refunds r USING (refund_id) WHERE a.alias_id = ?",
      {raw, raw, raw, std::string(16, '\0'), raw, raw});  // zeros: a held close, whose payment has not come
  if (!rows) return rows.error();
  if (rows->empty()) return Failure(Errc::not_found, "no payment is stored under " + PaymentId{id.bytes}.text());
  return PaymentId::from_raw(text(rows->front().front())).value();
}

Result<std::vector<NumberHolder>> holders_of(mariadb::Connection& connection, const std::string& merchant_order_id,
                                             const MerchantId* merchant) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  const std::string only = merchant == nullptr ? std::string() : std::string(merchant->raw());
  auto merchants = connection.query(
      "SELECT merchant_id, name FROM merchants WHERE ? = '' OR merchant_id = ? ORDER BY merchant_id LIMIT ?",
      {only, only, static_cast<std::int64_t>(merchants_searched_max)});
  if (!merchants) return merchants.error();
  // By the key table: `payments` has no index on the number, on purpose (random leading keys).
  std::vector<NumberHolder> holders;
  PaymentStore store(connection);
  constexpr std::size_t page = 512;
  for (std::size_t from = 0; from < merchants->size(); from += page) {
    const auto to = std::min(from + page, merchants->size());
    std::vector<KeyHash> hashes;
    for (auto i = from; i < to; ++i) hashes.push_back(key_of(text((*merchants)[i][0]), merchant_order_id));
    auto keys = store.load_keys(hashes);
    if (!keys) return keys.error();
    for (auto i = from; i < to; ++i) {
      const auto found = keys->find(hashes[i - from]);
      if (found == keys->end()) continue;
      holders.push_back(
          {MerchantId::from_raw(text((*merchants)[i][0])).value(), text((*merchants)[i][1]), found->second.payment_id});
    }
  }
  return holders;
}

Result<std::string> tell_story(mariadb::Connection& connection, LogDesk& log, const IntentId& id) {
  std::string out;
  codec::JsonWriter writer(out);
  auto found = payment_behind(connection, id);
  if (!found && found.error().code != Errc::not_found) return found.error();
  const IntentId subject = found ? IntentId{found->bytes} : id;
  const std::string raw(subject.raw());
  writer.begin_object().member("asked", std::string_view(id.text()));
  auto letters = connection.query(select_of(letter_columns) +
                                      "FROM dead_letters WHERE intent_id IN (?, ?) ORDER BY "
                                      "recorded_at_ms LIMIT 100",
                                  {std::string(id.raw()), raw});
  if (!letters) return letters.error();
  if (found) {
    auto rows = connection.query(
        select_of(payment_columns) + "FROM payments p LEFT JOIN merchants m USING (merchant_id) WHERE p.payment_id = ?",
        {raw});
    if (!rows) return rows.error();
    if (!rows->empty()) {
      writer.key("payment").begin_object();
      write_row(writer, payment_columns, rows->front());
      writer.end_object();
      const auto& row = rows->front();
      write_log(writer, log, subject, static_cast<std::int32_t>(integer(row[row.size() - 2])), integer(row.back()));
    }
  } else if (letters->empty()) {
    return found.error();
  }
  for (const auto& section : sections) {
    auto rows = connection.query(select_of(section.columns) + std::string(section.from), {raw});
    if (!rows) return rows.error();
    write_rows(writer, section.name, section.columns, *rows);
  }
  write_rows(writer, "dead_letters", letter_columns, *letters);
  auto acts = connection.query(select_of(audit_columns) +
                                   "FROM audit_entries WHERE subject = ? ORDER BY audit_id DESC "
                                   "LIMIT 100",
                               {PaymentId{subject.bytes}.text()});
  if (!acts) return acts.error();
  write_rows(writer, "operators_acts", audit_columns, *acts);
  writer.end_object();
  return out;
}

}  // namespace acq::settlement::operations
