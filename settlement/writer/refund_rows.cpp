// RefundStore's rows beside refunds and gates: numbers, aliases, held refunds, and what a payment tells of them.
#include <algorithm>

#include "settlement/writer/refund_store.hpp"
#include "settlement/writer/sql_columns.hpp"

namespace acq::settlement {
namespace {

using mariadb::integer;
using mariadb::text;
using mariadb::Value;

std::string bytes_of(const KeyHash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::string bytes_of(const RefundFingerprint& fingerprint) {
  std::string bytes;
  for (const auto hash : fingerprint) {
    for (unsigned shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>((hash >> shift) & 0xFF));
  }
  return bytes;
}

RefundFingerprint fingerprint_from(const std::string& bytes) {
  RefundFingerprint fingerprint{};
  for (std::size_t i = 0; i < fingerprint.size() * 4 && i < bytes.size(); ++i) {
    fingerprint[i / 4] |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])) << (8 * (i % 4));
  }
  return fingerprint;
}

/// Rows of `sql` followed by "(?, …)": its IN list.
template <class Id>
Result<std::vector<mariadb::Row>> rows_in(mariadb::Connection& connection, const std::string& sql,
                                          std::span<const Id> ids) {
  const auto padded = padded_size(ids.size());
  std::vector<Value> parameters;
  add_padded(parameters, ids, padded);
  return connection.query(sql + "(" + mariadb::placeholders(padded) + ")", parameters);
}

}  // namespace

Result<std::unordered_map<KeyHash, RefundKeyRow, HashOfKey>> RefundStore::load_keys(std::span<const KeyHash> hashes) {
  std::unordered_map<KeyHash, RefundKeyRow, HashOfKey> keys;
  if (hashes.empty()) return keys;
  auto rows =
      rows_in(connection_, "SELECT key_hash, refund_id, fingerprint FROM refund_keys WHERE key_hash IN ", hashes);
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    KeyHash hash{};
    std::copy_n(text(row[0]).begin(), hash.size(), hash.begin());
    keys.emplace(hash, RefundKeyRow{RefundId::from_raw(text(row[1])).value(), fingerprint_from(text(row[2]))});
  }
  return keys;
}

Result<std::vector<RefundId>> RefundStore::load_aliases(std::span<const RefundId> ids) {
  std::vector<RefundId> aliases;
  if (ids.empty()) return aliases;
  auto rows = rows_in(connection_, "SELECT alias_id FROM refund_aliases WHERE alias_id IN ", ids);
  if (!rows) return rows.error();
  for (const auto& row : *rows) aliases.push_back(RefundId::from_raw(text(row[0])).value());
  return aliases;
}

Result<std::vector<HeldRefund>> RefundStore::load_held(std::span<const PaymentId> payments) {
  std::vector<HeldRefund> held;
  if (payments.empty()) return held;
  if (!any_held_) {
    auto any = connection_.query("SELECT 1 FROM held_refunds LIMIT 1");
    if (!any) return any.error();
    any_held_ = !any->empty();
  }
  if (!*any_held_) return held;
  auto rows = rows_in(
      connection_, "SELECT refund_id, payment_id, log_offset, append_ms, record FROM held_refunds WHERE payment_id IN ",
      payments);
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    held.push_back({RefundId::from_raw(text(row[0])).value(), PaymentId::from_raw(text(row[1])).value(),
                    integer(row[2]), integer(row[3]), text(row[4])});
  }
  return held;
}

Result<void> RefundStore::insert_keys(std::span<const NewRefundKey> keys) {
  number_was_taken_ = false;
  std::vector<const NewRefundKey*>
      in_order;  // one order for all writers: they wait for each other, and never in a ring
  for (const auto& key : keys) in_order.push_back(&key);
  std::ranges::sort(in_order, {}, &NewRefundKey::key);
  for (const auto* key : in_order) {
    auto inserted = connection_.execute(
        "INSERT IGNORE INTO refund_keys (key_hash, refund_id, fingerprint) VALUES (?, ?, ?)",
        {bytes_of(key->key), std::string(key->row.refund_id.raw()), bytes_of(key->row.fingerprint)});
    if (!inserted) return inserted.error();
    if (*inserted == 1) continue;
    number_was_taken_ = true;
    return Failure(Errc::database_rule, "a refund's number has been taken meanwhile");
  }
  return {};
}

Result<void> RefundStore::insert_aliases(std::int32_t partition, std::span<const RefundAlias> aliases,
                                         std::int64_t now_ms) {
  for (const auto& alias : aliases) {
    auto inserted = connection_.execute(
        "INSERT INTO refund_aliases (alias_id, refund_id, partition_id, log_offset, recorded_at_ms) VALUES "
        "(?, ?, ?, ?, ?)",
        {std::string(alias.alias_id.raw()), std::string(alias.refund_id.raw()), std::int64_t{partition},
         alias.log_offset, now_ms});
    if (!inserted) return inserted.error();
  }
  return {};
}

Result<void> RefundStore::insert_held(std::span<const HeldRefund> held) {
  for (const auto& one : held) {
    auto inserted = connection_.execute(
        "INSERT INTO held_refunds (refund_id, payment_id, log_offset, append_ms, record) VALUES (?, ?, ?, ?, ?)",
        {std::string(one.refund_id.raw()), std::string(one.payment_id.raw()), one.log_offset, one.append_ms,
         one.record});
    if (!inserted) return inserted.error();
    any_held_ = true;
  }
  return {};
}

Result<void> RefundStore::delete_held(std::span<const RefundId> released) {
  for (const auto& id : released) {
    auto deleted = connection_.execute("DELETE FROM held_refunds WHERE refund_id = ?", {std::string(id.raw())});
    if (!deleted) return deleted.error();
  }
  return {};
}

Result<void> RefundStore::update_refunded(std::span<const Payment> payments) {
  for (const auto& payment : payments) {
    if (payment.refunded_amount == 0) continue;
    auto updated = connection_.execute("UPDATE payments SET refunded_amount = ? WHERE payment_id = ?",
                                       {payment.refunded_amount, std::string(payment.payment_id.raw())});
    if (!updated) return updated.error();
  }
  return {};
}

}  // namespace acq::settlement
