#include "settlement/writer/refund_store.hpp"

#include <string>

namespace acq::settlement {
namespace {

using mariadb::integer;
using mariadb::text;
using mariadb::Value;

constexpr std::string_view columns =
    "refund_id, payment_id, attempt, origin, partition_id, merchant_id, merchant_order_id, amount, currency, state, "
    "code, channel_reference, created_at_ms, updated_at_ms, sent_at_ms, queries, due_at_ms, merchant_refund_id, "
    "reason, "
    "log_offset, in_gate";

Refund refund_from_row(const mariadb::Row& row) {
  Refund refund;
  refund.refund_id = RefundId::from_raw(text(row[0])).value();
  refund.payment_id = PaymentId::from_raw(text(row[1])).value();
  refund.attempt = static_cast<std::int32_t>(integer(row[2]));
  refund.origin = refund_origin_from_name(text(row[3])).value();
  refund.partition = static_cast<std::int32_t>(integer(row[4]));
  refund.merchant_id = MerchantId::from_raw(text(row[5])).value();
  refund.merchant_order_id = text(row[6]);
  refund.amount = integer(row[7]);
  refund.currency = Currency::parse(text(row[8])).value();
  refund.state = refund_state_from_name(text(row[9])).value();
  refund.code = text(row[10]);
  refund.channel_reference = text(row[11]);
  refund.created_at_ms = integer(row[12]);
  refund.updated_at_ms = integer(row[13]);
  refund.sent_at_ms = integer(row[14]);
  refund.queries = static_cast<std::int32_t>(integer(row[15]));
  if (const auto* due = std::get_if<std::int64_t>(&row[16])) refund.due_at_ms = *due;
  refund.merchant_refund_id = text(row[17]);
  refund.reason = text(row[18]);
  if (const auto* offset = std::get_if<std::int64_t>(&row[19])) refund.log_offset = *offset;
  refund.in_gate = integer(row[20]) != 0;
  return refund;
}

Result<std::vector<Refund>> refunds_from(const Result<std::vector<mariadb::Row>>& rows) {
  if (!rows) return rows.error();
  std::vector<Refund> refunds;
  for (const auto& row : *rows) refunds.push_back(refund_from_row(row));
  return refunds;
}

Value due_of(const Refund& refund) {
  return refund.due_at_ms == 0 ? Value(std::monostate{}) : Value(refund.due_at_ms);
}

}  // namespace

Result<std::vector<Refund>> RefundStore::load(std::span<const RefundId> ids) {
  std::vector<Refund> refunds;
  for (const auto& id : ids) {
    auto found = refunds_from(connection_.query("SELECT " + std::string(columns) + " FROM refunds WHERE refund_id = ?",
                                                {std::string(id.raw())}));
    if (!found) return found.error();
    for (auto& refund : *found) refunds.push_back(std::move(refund));
  }
  return refunds;
}

Result<std::vector<Refund>> RefundStore::load_of_payments(std::span<const PaymentId> payments) {
  std::vector<Refund> refunds;
  for (const auto& payment : payments) {
    auto found = refunds_from(connection_.query("SELECT " + std::string(columns) + " FROM refunds WHERE payment_id = ?",
                                                {std::string(payment.raw())}));
    if (!found) return found.error();
    for (auto& refund : *found) refunds.push_back(std::move(refund));
  }
  return refunds;
}

Result<std::vector<RefundGate>> RefundStore::load_gates(std::span<const AttemptKey> attempts) {
  std::vector<RefundGate> gates;
  for (const auto& [payment, attempt] : attempts) {
    auto rows = connection_.query(
        "SELECT captured, refunding, refunded, refunds FROM refund_gates WHERE payment_id = ? AND attempt = ?",
        {std::string(payment.raw()), std::int64_t{attempt}});
    if (!rows) return rows.error();
    for (const auto& row : *rows)
      gates.push_back({payment, attempt, integer(row[0]), integer(row[1]), integer(row[2]),
                       static_cast<std::int32_t>(integer(row[3]))});
  }
  return gates;
}

Result<std::vector<Refund>> RefundStore::load_due(std::int32_t partition, std::int64_t now_ms, std::size_t limit) {
  return refunds_from(connection_.query("SELECT " + std::string(columns) +
                                            " FROM refunds WHERE partition_id = ? AND due_at_ms <= ? ORDER BY "
                                            "due_at_ms LIMIT ?",
                                        {std::int64_t{partition}, now_ms, static_cast<std::int64_t>(limit)}));
}

Result<void> RefundStore::insert(std::span<const Refund> refunds) {
  for (const auto& r : refunds) {
    auto inserted = connection_.execute(
        "INSERT INTO refunds (" + std::string(columns) + ") VALUES (" + mariadb::placeholders(21) + ")",
        {std::string(r.refund_id.raw()),
         std::string(r.payment_id.raw()),
         std::int64_t{r.attempt},
         std::string(name_of(r.origin)),
         std::int64_t{r.partition},
         std::string(r.merchant_id.raw()),
         r.merchant_order_id,
         r.amount,
         std::string(r.currency.code()),
         std::string(name_of(r.state)),
         r.code,
         r.channel_reference,
         r.created_at_ms,
         r.updated_at_ms,
         r.sent_at_ms,
         std::int64_t{r.queries},
         due_of(r),
         r.merchant_refund_id,
         r.reason,
         r.log_offset < 0 ? Value(std::monostate{}) : Value(r.log_offset),
         std::int64_t{r.in_gate}});
    if (!inserted) return inserted.error();
  }
  return {};
}

Result<void> RefundStore::update(std::span<const Refund> refunds) {
  for (const auto& r : refunds) {
    auto updated = connection_.execute(
        "UPDATE refunds SET state = ?, code = ?, channel_reference = ?, updated_at_ms = ?, sent_at_ms = ?, "
        "queries = ?, due_at_ms = ?, in_gate = ? WHERE refund_id = ?",
        {std::string(name_of(r.state)), r.code, r.channel_reference, r.updated_at_ms, r.sent_at_ms,
         std::int64_t{r.queries}, due_of(r), std::int64_t{r.in_gate}, std::string(r.refund_id.raw())});
    if (!updated) return updated.error();
    if (*updated != 1) return Failure(Errc::database_rule, "a refund to be updated is not there");
  }
  return {};
}

Result<void> RefundStore::put_gates(std::span<const RefundGate> gates) {
  for (const auto& gate : gates) {
    auto put = connection_.execute(
        "INSERT INTO refund_gates (payment_id, attempt, captured, refunding, refunded, refunds) VALUES (?, ?, ?, ?, ?, "
        "?) "
        "ON DUPLICATE KEY UPDATE captured = VALUES(captured), refunding = VALUES(refunding), "
        "refunded = VALUES(refunded), refunds = VALUES(refunds)",
        {std::string(gate.payment_id.raw()), std::int64_t{gate.attempt}, gate.captured, gate.refunding, gate.refunded,
         std::int64_t{gate.refunds}});
    if (!put) return put.error();
  }
  return {};
}

}  // namespace acq::settlement
