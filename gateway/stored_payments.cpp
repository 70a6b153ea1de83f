#include "gateway/stored_payments.hpp"

#include "common/codec/intent_json.hpp"
#include "common/codec/json_document.hpp"
#include "common/domain/state_machine.hpp"
#include "gateway/payment_rows.hpp"

namespace acq::gateway {
namespace {

using mariadb::Connection;
using mariadb::integer;
using mariadb::Row;
using mariadb::text;
using Found = Result<std::optional<StoredPayment>>;

constexpr std::string_view columns =
    "p.payment_id, p.merchant_id, p.merchant_order_id, p.attempt, p.amount, p.currency, p.method, p.state, p.sequence, "
    "p.created_at_ms, p.updated_at_ms, p.expires_at_ms, p.unknown_since_ms, p.next_query_at_ms, p.decline_code, "
    "p.channel_reference, p.code_url, p.description, p.callback_url, p.metadata, p.partition_id, p.log_offset, "
    "p.close_state, p.close_code, p.refunded_amount";

Metadata read_metadata(const std::string& json) {
  Metadata metadata;
  if (json.empty()) return metadata;
  const auto parsed = codec::parse_json(json);
  if (!parsed || parsed->object() == nullptr) return metadata;
  for (const auto& [key, value] : *parsed->object()) {
    if (value.string() != nullptr) metadata.emplace_back(key, *value.string());
  }
  return metadata;
}

std::int32_t small(const mariadb::Value& value) {
  return static_cast<std::int32_t>(integer(value));
}

/// The attempts before the present one.
Result<void> read_earlier(Connection& connection, Payment& payment) {
  auto rows = connection.query(
      "SELECT attempt, state, decline_code FROM payment_attempts WHERE payment_id = ? AND attempt < ? ORDER BY attempt",
      {std::string(payment.payment_id.raw()), std::int64_t{payment.attempt}});
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    const auto state = payment_state_from_name(text(row[1]));
    if (!state) return Failure(Errc::undecodable, "a payment_attempts row cannot be read");
    payment.earlier.push_back({small(row[0]), *state, text(row[2])});
  }
  return {};
}

/// The payment of the one row that `sql` finds, with its aliases.
Found read_one(Connection& connection, const std::string& sql, const std::vector<mariadb::Value>& parameters) {
  auto rows = connection.query(sql, parameters);
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<StoredPayment>();
  auto payment = payment_from_row(rows->front());
  if (!payment) return Failure(Errc::undecodable, "a payments row cannot be read");
  if (payment->attempt > 1) {
    if (auto earlier = read_earlier(connection, *payment); !earlier) return earlier.error();
  }
  auto aliases = connection.query("SELECT alias_id FROM payment_aliases WHERE payment_id = ? ORDER BY alias_id",
                                  {std::string(payment->payment_id.raw())});
  if (!aliases) return aliases.error();
  StoredPayment stored{std::move(*payment), {}};
  for (const auto& row : *aliases) {
    if (const auto alias = PaymentId::from_raw(text(row[0]))) stored.aliases.push_back(*alias);
  }
  return std::optional(std::move(stored));
}

/// Only a first attempt's record shows as a payment: its intent has the payment's own id. What else is parked under an
/// intent's id belongs to a payment that has a row.
Found read_parked(Connection& connection, const MerchantId& merchant, const PaymentId& id) {
  auto rows = connection.query("SELECT record, partition_id, log_offset FROM dead_letters WHERE intent_id = ? LIMIT 1",
                               {std::string(id.raw())});
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<StoredPayment>();
  const Row& row = rows->front();
  const auto intent = codec::decode_intent(text(row[0]));
  if (!intent) return Failure(Errc::undecodable, "a parked record cannot be shown");
  const auto* requested = std::get_if<PaymentRequested>(&*intent);
  const bool shows = requested != nullptr && requested->attempt == 1 && requested->merchant_id == merchant;
  if (!shows) return std::optional<StoredPayment>();
  Payment payment = payment_from(*requested, small(row[1]), integer(row[2]));
  payment.state = PaymentState::processing;
  return std::optional(StoredPayment{std::move(payment), {}});
}

/// What the writer has made of a later attempt's intent so far (P11).
struct IntentFate {
  enum class Kind : std::uint8_t { none, parked, ended } kind = Kind::none;
  std::string record{};  ///< where it is parked
};

Result<IntentFate> fate_of(Connection& connection, const IntentId& id) {
  const std::string raw(id.raw());
  auto ended = connection.query(
      "SELECT 1 FROM payments WHERE payment_id = ? UNION ALL "
      "SELECT 1 FROM intent_verdicts WHERE intent_id = ? AND verdict <> 'held'",
      {raw, raw});
  if (!ended) return ended.error();
  if (!ended->empty()) return IntentFate{IntentFate::Kind::ended};
  auto parked = connection.query("SELECT record FROM dead_letters WHERE intent_id = ? LIMIT 1", {raw});
  if (!parked) return parked.error();
  if (!parked->empty()) return IntentFate{IntentFate::Kind::parked, text(parked->front()[0])};
  return IntentFate{};
}

}  // namespace

std::string payment_columns() {
  return std::string(columns);
}

std::optional<Payment> payment_from_row(const Row& row) {
  const auto id = PaymentId::from_raw(text(row[0]));
  const auto merchant = MerchantId::from_raw(text(row[1]));
  const auto currency = Currency::parse(text(row[5]));
  const auto method = method_type_from_name(text(row[6]));
  const auto state = payment_state_from_name(text(row[7]));
  const auto close = close_state_from_name(text(row[22]));
  if (!id || !merchant || !currency || !method || !state || !close) return std::nullopt;
  Payment payment;
  payment.payment_id = *id;
  payment.merchant_id = *merchant;
  payment.merchant_order_id = text(row[2]);
  payment.attempt = small(row[3]);
  payment.amount = integer(row[4]);
  payment.currency = *currency;
  payment.method = *method;
  payment.state = *state;
  payment.sequence = small(row[8]);
  payment.created_at_ms = integer(row[9]);
  payment.updated_at_ms = integer(row[10]);
  payment.expires_at_ms = integer(row[11]);
  payment.unknown_since_ms = integer(row[12]);
  payment.next_query_at_ms = integer(row[13]);
  payment.decline_code = text(row[14]);
  payment.channel_reference = text(row[15]);
  payment.code_url = text(row[16]);
  payment.description = text(row[17]);
  payment.callback_url = text(row[18]);
  payment.metadata = read_metadata(text(row[19]));
  payment.partition = small(row[20]);
  payment.log_offset = integer(row[21]);
  payment.close = *close;
  payment.close_code = text(row[23]);
  payment.refunded_amount = integer(row[24]);
  return payment;
}

Found read_by_id(Connection& connection, const MerchantId& merchant, const PaymentId& id) {
  const std::vector<mariadb::Value> both{std::string(id.raw()), std::string(merchant.raw())};
  static const std::string own =
      "SELECT " + std::string(columns) + " FROM payments p WHERE p.payment_id = ? AND p.merchant_id = ?";
  auto found = read_one(connection, own, both);
  if (!found || found->has_value()) return found;
  static const std::string aliased = "SELECT " + std::string(columns) +
                                     " FROM payment_aliases a JOIN payments p ON p.payment_id = a.payment_id WHERE "
                                     "a.alias_id = ? AND p.merchant_id = ?";
  found = read_one(connection, aliased, both);
  if (!found || found->has_value()) return found;
  return read_parked(connection, merchant, id);
}

Result<std::optional<Shown>> read_with_attempt(Connection& connection, const MerchantId& merchant, const PaymentId& id,
                                               const AttemptMarker& marker) {
  auto stored = read_by_id(connection, merchant, id);
  if (!stored) return stored.error();
  if (!stored->has_value()) return std::optional<Shown>();
  const auto shown_as_stored = [&] { return std::optional(show((*stored)->payment, (*stored)->aliases)); };
  if ((*stored)->payment.attempt >= marker.attempt) return shown_as_stored();
  auto fate = fate_of(connection, marker.intent_id);
  if (!fate) return fate.error();
  Shown pending{marker.sequence, marker.json, marker.attempt};
  switch (fate->kind) {
    case IntentFate::Kind::none:
      return std::optional(std::move(pending));
    case IntentFate::Kind::ended:  // refused, or begun between the two reads
      stored = read_by_id(connection, merchant, id);
      if (!stored) return stored.error();
      if (!stored->has_value()) return std::optional<Shown>();
      return shown_as_stored();
    case IntentFate::Kind::parked:
      break;
  }
  const auto intent = codec::decode_intent(fate->record);
  const auto* requested = intent ? std::get_if<PaymentRequested>(&*intent) : nullptr;
  if (requested == nullptr) return Failure(Errc::undecodable, "a parked record cannot be shown");
  Payment next = next_attempt((*stored)->payment, *requested);
  next.state = PaymentState::processing;
  pending.json = show(next, (*stored)->aliases).json;
  return std::optional(std::move(pending));
}

Found read_by_key(Connection& connection, const MerchantId& merchant, const std::string& key_hash) {
  static const std::string sql = "SELECT " + std::string(columns) +
                                 " FROM payment_key_periods d"
                                 " JOIN payment_keys k ON k.period = d.period AND k.key_hash = ?"
                                 " JOIN payments p ON p.payment_id = k.payment_id WHERE p.merchant_id = ?";
  return read_one(connection, sql, {key_hash, std::string(merchant.raw())});
}

Result<StoredAttempt> read_attempt(Connection& connection, const MerchantId& merchant, const std::string& number_hash,
                                   const std::string& attempt_hash) {
  auto payment = read_by_key(connection, merchant, number_hash);
  if (!payment) return payment.error();
  auto rows = connection.query(
      "SELECT k.fingerprint FROM payment_key_periods d"
      " JOIN payment_keys k ON k.period = d.period AND k.key_hash = ?",
      {attempt_hash});
  if (!rows) return rows.error();
  StoredAttempt stored{std::move(*payment), {}};
  if (rows->empty()) return stored;
  stored.fingerprint = fingerprint_from(text(rows->front()[0]));
  if (!stored.fingerprint) return Failure(Errc::undecodable, "a payment_keys row cannot be read");
  return stored;
}

std::optional<Fingerprint> fingerprint_from(std::string_view raw) {
  Fingerprint fingerprint{};
  if (raw.size() != field_count * sizeof(std::uint32_t)) return std::nullopt;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const std::uint32_t byte = static_cast<unsigned char>(raw[i]);
    fingerprint[i / 4] |= byte << (8 * (i % 4));
  }
  return fingerprint;
}

Result<bool> has_applied(Connection& connection, std::int32_t partition, const std::array<std::uint8_t, 16>& topic_id,
                         std::int64_t log_end) {
  const std::string topic(reinterpret_cast<const char*>(topic_id.data()), topic_id.size());
  auto rows = connection.query(
      "SELECT next_offset FROM partition_cursors WHERE partition_id = ? AND topic_id = ? AND stopped_by IS NULL",
      {std::int64_t{partition}, topic});
  if (!rows) return rows.error();
  return !rows->empty() && integer(rows->front()[0]) >= log_end;
}

}  // namespace acq::gateway
