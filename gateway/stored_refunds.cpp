#include "gateway/stored_refunds.hpp"

#include <algorithm>
#include <functional>

#include "common/codec/intent_json.hpp"

namespace acq::gateway {
namespace {

using mariadb::Connection;
using mariadb::integer;
using mariadb::Row;
using mariadb::text;
using mariadb::Value;
using Found = Result<std::optional<StoredRefund>>;

const std::string columns =
    "r.refund_id, r.payment_id, r.attempt, r.origin, r.partition_id, r.merchant_id, r.merchant_order_id, "
    "r.merchant_refund_id, r.amount, r.currency, r.state, r.code, r.reason, r.created_at_ms, r.updated_at_ms";

/// Beyond every id: what a list without a cursor begins below.
const std::string above_all_ids(16, '\xff');

std::optional<Refund> refund_from_row(const Row& row) {
  const auto id = RefundId::from_raw(text(row[0]));
  const auto payment = PaymentId::from_raw(text(row[1]));
  const auto origin = refund_origin_from_name(text(row[3]));
  const auto merchant = MerchantId::from_raw(text(row[5]));
  const auto currency = Currency::parse(text(row[9]));
  const auto state = refund_state_from_name(text(row[10]));
  if (!id || !payment || !origin || !merchant || !currency || !state) return std::nullopt;
  Refund refund;
  refund.refund_id = *id;
  refund.payment_id = *payment;
  refund.attempt = static_cast<std::int32_t>(integer(row[2]));
  refund.origin = *origin;
  refund.partition = static_cast<std::int32_t>(integer(row[4]));
  refund.merchant_id = *merchant;
  refund.merchant_order_id = text(row[6]);
  refund.merchant_refund_id = text(row[7]);
  refund.amount = integer(row[8]);
  refund.currency = *currency;
  refund.state = *state;
  refund.code = text(row[11]);
  refund.reason = text(row[12]);
  refund.created_at_ms = integer(row[13]);
  refund.updated_at_ms = integer(row[14]);
  return refund;
}

/// Of one that is held or parked: its record is all there is.
Result<std::optional<Refund>> refund_from_record(const std::string& record) {
  const auto intent = codec::decode_intent(record);
  if (!intent) return Failure(Errc::undecodable, "a parked record cannot be shown");
  const auto* requested = std::get_if<RefundRequested>(&*intent);
  if (requested == nullptr) return std::optional<Refund>();
  return std::optional(shown_as_accepted(*requested));
}

Found read_row(Connection& connection, const std::string& sql, const std::vector<Value>& parameters) {
  auto rows = connection.query(sql, parameters);
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<StoredRefund>();
  auto refund = refund_from_row(rows->front());
  if (!refund) return Failure(Errc::undecodable, "a refunds row cannot be read");
  auto aliases = connection.query("SELECT alias_id FROM refund_aliases WHERE refund_id = ? ORDER BY alias_id",
                                  {std::string(refund->refund_id.raw())});
  if (!aliases) return aliases.error();
  StoredRefund stored{std::move(*refund), {}};
  for (const auto& row : *aliases) {
    if (const auto alias = RefundId::from_raw(text(row[0]))) stored.aliases.push_back(*alias);
  }
  return std::optional(std::move(stored));
}

/// By the one record that `sql` finds.
Found read_record(Connection& connection, const std::string& sql, const std::vector<Value>& parameters,
                  const MerchantId& merchant) {
  auto rows = connection.query(sql, parameters);
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<StoredRefund>();
  auto refund = refund_from_record(text(rows->front()[0]));
  if (!refund) return refund.error();
  if (!refund->has_value() || (*refund)->merchant_id != merchant) return std::optional<StoredRefund>();
  return std::optional(StoredRefund{std::move(**refund), {}});
}

}  // namespace

Found read_refund(Connection& connection, const MerchantId& merchant, const RefundId& id) {
  const std::vector<Value> both{std::string(id.raw()), std::string(merchant.raw())};
  static const std::string own = "SELECT " + columns + " FROM refunds r WHERE r.refund_id = ? AND r.merchant_id = ?";
  auto found = read_row(connection, own, both);
  if (!found || found->has_value()) return found;
  static const std::string aliased = "SELECT " + columns +
                                     " FROM refund_aliases a JOIN refunds r ON r.refund_id = a.refund_id WHERE "
                                     "a.alias_id = ? AND r.merchant_id = ?";
  found = read_row(connection, aliased, both);
  if (!found || found->has_value()) return found;
  static const std::string held =
      "SELECT record FROM held_refunds WHERE refund_id = ?"
      " UNION ALL SELECT h.record FROM refund_aliases a JOIN held_refunds h ON h.refund_id = a.refund_id"
      " WHERE a.alias_id = ? LIMIT 1";
  found = read_record(connection, held, {both[0], both[0]}, merchant);
  if (!found || found->has_value()) return found;
  return read_record(connection, "SELECT record FROM dead_letters WHERE intent_id = ? LIMIT 1", {both[0]}, merchant);
}

Result<std::optional<NumberedRefund>> read_refund_number(Connection& connection, const MerchantId& merchant,
                                                         const std::string& key_hash) {
  auto rows = connection.query("SELECT refund_id, fingerprint FROM refund_keys WHERE key_hash = ?", {key_hash});
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<NumberedRefund>();
  const auto id = RefundId::from_raw(text(rows->front()[0]));
  const auto fingerprint = refund_fingerprint_from(text(rows->front()[1]));
  if (!id || !fingerprint) return Failure(Errc::undecodable, "a refund_keys row cannot be read");
  auto stored = read_refund(connection, merchant, *id);
  if (!stored) return stored.error();
  return std::optional(NumberedRefund{*id, *fingerprint, std::move(*stored)});
}

Result<RefundFacts> read_refund_facts(Connection& connection, const Payment& payment, const std::string& key_hash) {
  RefundFacts facts{{payment.payment_id, payment.attempt, payment.amount, 0, 0, 0}, {}};
  // The gate before the number: one transaction writes both, so a gate that counts this refund comes with its number.
  auto rows = connection.query(
      "SELECT captured, refunding, refunded, refunds FROM refund_gates WHERE payment_id = ? AND attempt = ?",
      {std::string(payment.payment_id.raw()), std::int64_t{payment.attempt}});
  if (!rows) return rows.error();
  if (!rows->empty()) {
    const Row& row = rows->front();
    facts.gate.captured = integer(row[0]);
    facts.gate.refunding = integer(row[1]);
    facts.gate.refunded = integer(row[2]);
    facts.gate.refunds = static_cast<std::int32_t>(integer(row[3]));
  }
  auto numbered = read_refund_number(connection, payment.merchant_id, key_hash);
  if (!numbered) return numbered.error();
  facts.numbered = std::move(*numbered);
  return facts;
}

Result<std::vector<Refund>> list_refunds(Connection& connection, const PaymentId& payment,
                                         const std::optional<RefundId>& before, std::size_t count) {
  const std::vector<Value> parameters{std::string(payment.raw()), before ? std::string(before->raw()) : above_all_ids,
                                      static_cast<std::int64_t>(count)};
  static const std::string stored =
      "SELECT " + columns +
      " FROM refunds r WHERE r.payment_id = ? AND r.refund_id < ? ORDER BY r.refund_id DESC LIMIT ?";
  auto rows = connection.query(stored, parameters);
  if (!rows) return rows.error();
  auto held = connection.query(
      "SELECT record FROM held_refunds WHERE payment_id = ? AND refund_id < ? ORDER BY refund_id DESC LIMIT ?",
      parameters);
  if (!held) return held.error();
  std::vector<Refund> refunds;
  for (const auto& row : *rows) {
    auto refund = refund_from_row(row);
    if (!refund) return Failure(Errc::undecodable, "a refunds row cannot be read");
    refunds.push_back(std::move(*refund));
  }
  for (const auto& row : *held) {
    auto refund = refund_from_record(text(row[0]));
    if (!refund) return refund.error();
    if (refund->has_value()) refunds.push_back(std::move(**refund));
  }
  std::ranges::sort(refunds, std::ranges::greater(), &Refund::refund_id);
  if (refunds.size() > count) refunds.resize(count);
  return refunds;
}

std::optional<RefundFingerprint> refund_fingerprint_from(std::string_view raw) {
  RefundFingerprint fingerprint{};
  if (raw.size() != refund_field_count * sizeof(std::uint32_t)) return std::nullopt;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const std::uint32_t byte = static_cast<unsigned char>(raw[i]);
    fingerprint[i / 4] |= byte << (8 * (i % 4));
  }
  return fingerprint;
}

Refund shown_as_accepted(const RefundRequested& intent) {
  constexpr std::int64_t no_offset_yet = -1;
  return refund_from(intent, 1, 0, no_offset_yet, intent.accepted_at_ms);
}

}  // namespace acq::gateway
