#include "settlement/writer/payment_store.hpp"

#include <algorithm>
#include <functional>

#include "common/codec/json_document.hpp"
#include "common/limits.hpp"
#include "settlement/writer/sql_columns.hpp"

namespace acq::settlement {
namespace {

using mariadb::Column;
using mariadb::integer;
using mariadb::text;
using mariadb::Value;

constexpr std::string_view payment_columns =
    "p.payment_id, p.partition_id, p.log_offset, p.merchant_id, p.merchant_order_id, p.attempt, p.amount, p.currency, "
    "p.method, p.state, p.sequence, p.created_at_ms, p.updated_at_ms, p.expires_at_ms, p.sent_at_ms, "
    "p.unknown_since_ms, "
    "p.next_query_at_ms, p.queries, p.told_sequence, p.tell_attempts, p.next_tell_at_ms, p.decline_code, "
    "p.channel_reference, p.code_url, p.sealed_code, p.description, p.callback_url, p.metadata, p.close_state, "
    "p.close_code, p.refunded_amount";

std::string metadata_text(const Metadata& metadata) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object();
  for (const auto& [name, value] : metadata) writer.member(name, std::string_view(value));
  writer.end_object();
  return out;
}

Metadata metadata_from(std::string_view json) {
  Metadata metadata;
  const auto parsed = codec::parse_json(json);
  if (!parsed || parsed->object() == nullptr) return metadata;
  for (const auto& [name, value] : *parsed->object()) {
    if (const auto* one = value.string()) metadata.emplace_back(name, *one);
  }
  return metadata;
}

Payment payment_from_row(const mariadb::Row& row) {
  Payment p;
  std::size_t i = 0;
  const auto next_text = [&]() -> const std::string& { return text(row[i++]); };
  const auto next = [&] { return integer(row[i++]); };
  const auto next_int = [&] { return static_cast<std::int32_t>(integer(row[i++])); };
  p.payment_id = PaymentId::from_raw(next_text()).value();
  p.partition = next_int();
  p.log_offset = next();
  p.merchant_id = MerchantId::from_raw(next_text()).value();
  p.merchant_order_id = next_text();
  p.attempt = next_int();
  p.amount = next();
  p.currency = Currency::parse(next_text()).value();
  p.method = method_type_from_name(next_text()).value();
  p.state = payment_state_from_name(next_text()).value();
  p.sequence = next_int();
  p.created_at_ms = next();
  p.updated_at_ms = next();
  p.expires_at_ms = next();
  p.sent_at_ms = next();
  p.unknown_since_ms = next();
  p.next_query_at_ms = next();
  p.queries = next_int();
  p.told_sequence = next_int();
  p.tell_attempts = next_int();
  p.next_tell_at_ms = next();
  p.decline_code = next_text();
  p.channel_reference = next_text();
  p.code_url = next_text();
  p.sealed_code = next_text();
  p.description = next_text();
  p.callback_url = next_text();
  p.metadata = metadata_from(next_text());
  p.close = close_state_from_name(next_text()).value();
  p.close_code = next_text();
  p.refunded_amount = next();
  return p;
}

Result<std::vector<Payment>> payments_from(Result<std::vector<mariadb::Row>> rows) {
  if (!rows) return rows.error();
  std::vector<Payment> payments;
  payments.reserve(rows->size());
  for (const auto& row : *rows) payments.push_back(payment_from_row(row));
  return payments;
}

/// Seven 32-bit hashes, little endian, as the fingerprint column holds them.
std::string fingerprint_bytes(const Fingerprint& fingerprint) {
  std::string bytes;
  bytes.reserve(fingerprint.size() * 4);
  for (const auto word : fingerprint) {
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>((word >> shift) & 0xFF));
  }
  return bytes;
}
Fingerprint fingerprint_from(const std::string& bytes) {
  Fingerprint fingerprint{};
  for (std::size_t i = 0; i < fingerprint.size() * 4 && i < bytes.size(); ++i) {
    fingerprint[i / 4] |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])) << (8 * (i % 4));
  }
  return fingerprint;
}

}  // namespace

std::int64_t due_at_ms(const Payment& payment) {
  std::int64_t due = is_final(payment.state) ? 0 : std::max<std::int64_t>(payment.next_query_at_ms, 1);
  if (payment.told_sequence < payment.sequence) {
    const auto tell = std::max<std::int64_t>(payment.next_tell_at_ms, 1);
    due = due == 0 ? tell : std::min(due, tell);
  }
  return due;
}

Result<std::unordered_map<KeyHash, KeyRow, HashOfKey>> PaymentStore::load_keys(std::span<const KeyHash> hashes) {
  std::unordered_map<KeyHash, KeyRow, HashOfKey> keys;
  if (hashes.empty()) return keys;
  auto periods = connection_.query("SELECT period FROM payment_key_periods ORDER BY period DESC");
  if (!periods) return periods.error();
  periods_.clear();
  for (const auto& row : *periods) periods_.push_back(integer(row[0]));
  const auto padded = padded_size(hashes.size());
  const std::string sql =
      "SELECT key_hash, payment_id, fingerprint, period FROM payment_keys WHERE period = ? AND key_hash IN (" +
      mariadb::placeholders(padded) + ")";
  for (const auto period : periods_) {
    std::vector<Value> parameters{period};
    add_padded(parameters, hashes, padded);
    auto rows = connection_.query(sql, parameters);
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      KeyHash hash;
      std::copy_n(text(row[0]).begin(), hash.size(), hash.begin());
      keys.emplace(hash, KeyRow{PaymentId::from_raw(text(row[1])).value(), fingerprint_from(text(row[2])),
                                static_cast<std::int32_t>(integer(row[3]))});
    }
  }
  return keys;
}

Result<std::vector<Payment>> PaymentStore::load_payments(std::span<const PaymentId> ids) {
  if (ids.empty()) return std::vector<Payment>{};
  const auto padded = padded_size(ids.size());
  std::vector<Value> parameters;
  add_padded(parameters, ids, padded);
  return with_earlier_attempts(payments_from(connection_.query("SELECT " + std::string(payment_columns) +
                                                                   " FROM payments p WHERE p.payment_id IN (" +
                                                                   mariadb::placeholders(padded) + ")",
                                                               parameters)));
}

Result<std::vector<Payment>> PaymentStore::load_above(std::int32_t partition, std::int64_t watermark,
                                                      std::int64_t from_offset, std::size_t limit) {
  return with_earlier_attempts(payments_from(connection_.query(
      "SELECT " + std::string(payment_columns) +
          " FROM payments p LEFT JOIN open_items o ON o.payment_id = p.payment_id WHERE p.partition_id = ? AND "
          "p.log_offset >= ? AND o.payment_id IS NULL AND (p.told_sequence < p.sequence OR p.state NOT IN "
          "('succeeded','declined','closed','refused','reversed')) ORDER BY p.log_offset LIMIT ?",
      {std::int64_t{partition}, std::max(watermark, from_offset), static_cast<std::int64_t>(limit)})));
}

Result<PaymentStore::DuePage> PaymentStore::load_due(std::int32_t partition, std::int64_t now_ms,
                                                     const DuePosition& after, std::size_t limit) {
  auto rows = connection_.query(
      "SELECT " + std::string(payment_columns) +
          ", o.due_at_ms FROM open_items o JOIN payments p USING (payment_id) WHERE o.partition_id = ? AND o.due_at_ms "
          "BETWEEN ? AND ? AND (o.due_at_ms > ? OR o.payment_id > ?) ORDER BY o.due_at_ms, o.payment_id LIMIT ?",
      {std::int64_t{partition}, after.due_at_ms, now_ms, after.due_at_ms, std::string(after.payment_id.raw()),
       static_cast<std::int64_t>(limit)});
  if (!rows) return rows.error();
  DuePage page;
  if (!rows->empty()) {
    page.last = {integer(rows->back().back()), PaymentId::from_raw(text(rows->back().front())).value()};
  }
  auto payments = with_earlier_attempts(payments_from(std::move(rows)));
  if (!payments) return payments.error();
  page.payments = std::move(*payments);
  return page;
}

Result<std::vector<Payment>> PaymentStore::with_earlier_attempts(Result<std::vector<Payment>> payments) {
  if (!payments) return payments;
  std::unordered_map<PaymentId, Payment*> later;
  std::vector<PaymentId> ids;
  for (auto& payment : *payments) {
    if (payment.attempt == 1 || payment.state == PaymentState::refused) continue;
    later.emplace(payment.payment_id, &payment);
    ids.push_back(payment.payment_id);
  }
  if (ids.empty()) return payments;
  const auto padded = padded_size(ids.size());
  std::vector<Value> parameters;
  add_padded<PaymentId>(parameters, ids, padded);
  auto rows =
      connection_.query("SELECT payment_id, attempt, state, decline_code FROM payment_attempts WHERE payment_id IN (" +
                            mariadb::placeholders(padded) + ") ORDER BY payment_id, attempt",
                        parameters);
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    later.at(PaymentId::from_raw(text(row[0])).value())
        ->earlier.push_back(
            {static_cast<std::int32_t>(integer(row[1])), payment_state_from_name(text(row[2])).value(), text(row[3])});
  }
  return payments;
}

Result<void> PaymentStore::insert_payments(std::span<const Payment> payments) {
  if (payments.empty()) return {};
  using P = Payment;
  std::vector<std::string> metadata;
  metadata.reserve(payments.size());
  for (const auto& p : payments) metadata.push_back(metadata_text(p.metadata));
  Column metadata_column = std::vector<std::string_view>(metadata.begin(), metadata.end());
  const std::string sql =
      "INSERT INTO payments (payment_id, partition_id, log_offset, merchant_id, merchant_order_id, attempt, amount, "
      "currency, method, state, sequence, created_at_ms, updated_at_ms, expires_at_ms, sent_at_ms, unknown_since_ms, "
      "next_query_at_ms, queries, told_sequence, tell_attempts, next_tell_at_ms, decline_code, channel_reference, "
      "code_url, "
      "sealed_code, description, callback_url, metadata) VALUES (" +
      mariadb::placeholders(28) + ")";
  return only_failure(connection_.execute_bulk(
      sql, {texts<P>(payments, [](const P& p) { return p.payment_id.raw(); }),
            numbers<P>(payments, [](const P& p) { return p.partition; }),
            numbers<P>(payments, [](const P& p) { return p.log_offset; }),
            texts<P>(payments, [](const P& p) { return p.merchant_id.raw(); }),
            texts<P>(payments, [](const P& p) -> std::string_view { return p.merchant_order_id; }),
            numbers<P>(payments, [](const P& p) { return p.attempt; }),
            numbers<P>(payments, [](const P& p) { return p.amount; }),
            texts<P>(payments, [](const P& p) { return p.currency.code(); }),
            texts<P>(payments, [](const P& p) { return name_of(p.method); }),
            texts<P>(payments, [](const P& p) { return name_of(p.state); }),
            numbers<P>(payments, [](const P& p) { return p.sequence; }),
            numbers<P>(payments, [](const P& p) { return p.created_at_ms; }),
            numbers<P>(payments, [](const P& p) { return p.updated_at_ms; }),
            numbers<P>(payments, [](const P& p) { return p.expires_at_ms; }),
            numbers<P>(payments, [](const P& p) { return p.sent_at_ms; }),
            numbers<P>(payments, [](const P& p) { return p.unknown_since_ms; }),
            numbers<P>(payments, [](const P& p) { return p.next_query_at_ms; }),
            numbers<P>(payments, [](const P& p) { return p.queries; }),
            numbers<P>(payments, [](const P& p) { return p.told_sequence; }),
            numbers<P>(payments, [](const P& p) { return p.tell_attempts; }),
            numbers<P>(payments, [](const P& p) { return p.next_tell_at_ms; }),
            texts<P>(payments, [](const P& p) -> std::string_view { return p.decline_code; }),
            texts<P>(payments, [](const P& p) -> std::string_view { return p.channel_reference; }),
            texts<P>(payments, [](const P& p) -> std::string_view { return p.code_url; }),
            texts<P>(payments, [](const P& p) -> std::string_view { return p.sealed_code; }),
            texts<P>(payments, [](const P& p) -> std::string_view { return p.description; }),
            texts<P>(payments, [](const P& p) -> std::string_view { return p.callback_url; }),
            metadata_column}));
}

Result<void> PaymentStore::update_payments(std::span<const Payment> payments) {
  if (payments.empty()) return {};
  using P = Payment;
  auto updated = connection_.execute_bulk(
      "UPDATE payments SET state = ?, sequence = ?, updated_at_ms = ?, sent_at_ms = ?, unknown_since_ms = ?, "
      "next_query_at_ms = ?, queries = ?, told_sequence = ?, tell_attempts = ?, next_tell_at_ms = ?, decline_code = ?, "
      "channel_reference = ?, code_url = ?, sealed_code = ? WHERE payment_id = ?",
      {texts<P>(payments, [](const P& p) { return name_of(p.state); }),
       numbers<P>(payments, [](const P& p) { return p.sequence; }),
       numbers<P>(payments, [](const P& p) { return p.updated_at_ms; }),
       numbers<P>(payments, [](const P& p) { return p.sent_at_ms; }),
       numbers<P>(payments, [](const P& p) { return p.unknown_since_ms; }),
       numbers<P>(payments, [](const P& p) { return p.next_query_at_ms; }),
       numbers<P>(payments, [](const P& p) { return p.queries; }),
       numbers<P>(payments, [](const P& p) { return p.told_sequence; }),
       numbers<P>(payments, [](const P& p) { return p.tell_attempts; }),
       numbers<P>(payments, [](const P& p) { return p.next_tell_at_ms; }),
       texts<P>(payments, [](const P& p) -> std::string_view { return p.decline_code; }),
       texts<P>(payments, [](const P& p) -> std::string_view { return p.channel_reference; }),
       texts<P>(payments, [](const P& p) -> std::string_view { return p.code_url; }),
       texts<P>(payments, [](const P& p) -> std::string_view { return p.sealed_code; }),
       texts<P>(payments, [](const P& p) { return p.payment_id.raw(); })});
  if (!updated) return updated.error();
  if (*updated != payments.size()) return Failure(Errc::database_rule, "a payment to be updated is not there");
  return {};
}

Result<void> PaymentStore::begin_attempts(std::span<const Payment> payments) {
  for (const auto& p : payments) {
    auto updated = connection_.execute(
        "UPDATE payments SET attempt = ?, method = ?, expires_at_ms = ?, description = ?, callback_url = ?, "
        "metadata = ?, close_state = 'none', close_code = '' WHERE payment_id = ?",
        {std::int64_t{p.attempt}, std::string(name_of(p.method)), p.expires_at_ms, p.description, p.callback_url,
         metadata_text(p.metadata), std::string(p.payment_id.raw())});
    if (!updated) return updated.error();
  }
  return {};
}

Result<void> PaymentStore::insert_ended_attempts(std::span<const Payment> payments) {
  for (const auto& p : payments) {
    auto inserted = connection_.execute(
        "INSERT INTO payment_attempts (payment_id, attempt, state, method, decline_code, channel_reference, "
        "ended_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        {std::string(p.payment_id.raw()), std::int64_t{p.attempt}, std::string(name_of(p.state)),
         std::string(name_of(p.method)), p.decline_code, p.channel_reference, p.updated_at_ms});
    if (!inserted) return inserted.error();
  }
  return {};
}

Result<void> PaymentStore::update_closes(std::span<const Payment> payments) {
  for (const auto& p : payments) {
    if (p.close == CloseState::none) continue;
    auto updated = connection_.execute("UPDATE payments SET close_state = ?, close_code = ? WHERE payment_id = ?",
                                       {std::string(name_of(p.close)), p.close_code, std::string(p.payment_id.raw())});
    if (!updated) return updated.error();
  }
  return {};
}

Result<void> PaymentStore::take_keys(std::span<const NewKey> keys) {
  for (const auto& [hash, row] : keys) {
    auto taken = connection_.execute(
        "UPDATE payment_keys SET payment_id = ?, fingerprint = ? WHERE period = ? AND key_hash = ?",
        {std::string(row.payment_id.raw()), fingerprint_bytes(row.fingerprint), std::int64_t{row.period},
         std::string(reinterpret_cast<const char*>(hash.data()), hash.size())});
    if (!taken) return taken.error();
    if (*taken != 1) return Failure(Errc::database_rule, "the key of a held close is not there");
  }
  return {};
}

Result<void> PaymentStore::insert_keys(std::span<const NewKey> keys) {
  if (keys.empty()) return {};
  std::vector<std::int64_t> written = periods_;
  for (const auto& key : keys) {
    if (std::find(written.begin(), written.end(), key.row.period) != written.end()) continue;
    auto begun =
        connection_.execute("INSERT INTO payment_key_periods VALUES (?) ON DUPLICATE KEY UPDATE period = period",
                            {std::int64_t{key.row.period}});
    if (!begun) return begun.error();
    written.push_back(key.row.period);
  }
  using K = NewKey;
  std::vector<std::string> fingerprints;
  fingerprints.reserve(keys.size());
  for (const auto& key : keys) fingerprints.push_back(fingerprint_bytes(key.row.fingerprint));
  return only_failure(connection_.execute_bulk(
      "INSERT INTO payment_keys (period, key_hash, payment_id, fingerprint) VALUES (?, ?, ?, ?)",
      {numbers<K>(keys, [](const K& k) { return std::int64_t{k.row.period}; }),
       texts<K>(keys,
                [](const K& k) { return std::string_view(reinterpret_cast<const char*>(k.key.data()), k.key.size()); }),
       texts<K>(keys, [](const K& k) { return k.row.payment_id.raw(); }),
       Column(std::vector<std::string_view>(fingerprints.begin(), fingerprints.end()))}));
}

Result<void> PaymentStore::upsert_open_items(std::span<const Payment> payments) {
  if (payments.empty()) return {};
  using P = Payment;
  return only_failure(
      connection_.execute_bulk("INSERT INTO open_items (payment_id, partition_id, due_at_ms) VALUES (?, ?, ?) "
                               "ON DUPLICATE KEY UPDATE due_at_ms = VALUES(due_at_ms)",
                               {texts<P>(payments, [](const P& p) { return p.payment_id.raw(); }),
                                numbers<P>(payments, [](const P& p) { return p.partition; }),
                                numbers<P>(payments, [](const P& p) { return due_at_ms(p); })}));
}

Result<void> PaymentStore::delete_open_items(std::span<const PaymentId> ids) {
  if (ids.empty()) return {};
  const auto padded = padded_size(ids.size());
  std::vector<Value> parameters;
  add_padded(parameters, ids, padded);
  return only_failure(connection_.execute(
      "DELETE FROM open_items WHERE payment_id IN (" + mariadb::placeholders(padded) + ")", parameters));
}

}  // namespace acq::settlement
