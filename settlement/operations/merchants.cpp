#include "settlement/operations/merchants.hpp"

#include <algorithm>

#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/ed25519.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "settlement/operations/audit.hpp"
#include "settlement/operations/transaction.hpp"

namespace acq::settlement::operations {
namespace {

using mariadb::Connection;

constexpr std::size_t secret_bytes = 32;
constexpr std::int64_t limit_max = 1'000'000;
constexpr std::size_t name_bytes_max = 128;

/// Begin, do, audit, raise the revision, commit; anything that fails leaves nothing behind.
template <class Act>
Result<void> audited(Connection& connection, const std::string& operator_name, const std::string& act,
                     const std::string& subject, const std::string& detail, Act&& work) {
  return transact(connection, [&]() -> Result<void> {
    if (Result<void> r = work(); !r) return r;
    if (auto r = append_audit(connection, {0, operator_name, act, subject, detail, ""}); !r) return r;
    auto raised = connection.execute("UPDATE merchant_revision SET revision = revision + 1 WHERE id = 1");
    if (!raised) return raised.error();
    return {};
  });
}

NewKey make_key(const KeyRequest& asked) {
  const auto id = make_merchant_id(runtime::unix_ms(), crypto::random_word(), crypto::random_word()).text();
  NewKey key{(asked.live ? "mk_live_" : "mk_test_") + id.substr(MerchantTag::prefix.size()), asked.algorithm,
             crypto::Secret(), asked.expires_at_ms};
  if (asked.algorithm == hmac_sha256)
    key.key_secret = crypto::Secret("mksec_" + crypto::base64_encode(crypto::random_bytes(secret_bytes)));
  return key;
}

/// What is stored is the key's bytes, not its text.
std::string bytes_of(const crypto::Secret& shown, std::string_view prefix) {
  return crypto::base64_decode(shown.reveal().substr(prefix.size())).value();
}

Failure invalid(std::string pointer, std::string code) {
  return {Errc::invalid_field, std::vector<FieldFault>{{std::move(pointer), std::move(code)}}};
}

Result<void> insert_key(Connection& connection, const crypto::Secret& master, const MerchantId& merchant,
                        const NewKey& key, const std::string& public_key) {
  const std::string sealed = key.key_secret.empty()
                                 ? std::string()
                                 : crypto::seal(master, "key:" + key.key_id, bytes_of(key.key_secret, "mksec_"));
  auto inserted = connection.execute(
      "INSERT INTO merchant_keys (key_id, merchant_id, algorithm, secret, public_key, created_at_ms, expires_at_ms) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      {key.key_id, std::string(merchant.raw()), std::string(key.algorithm), sealed, public_key, runtime::unix_ms(),
       key.expires_at_ms});
  if (!inserted) return inserted.error();
  return {};
}

/// Locks the merchant, so that two operators at once cannot both see one key too few.
Result<void> lock_merchant(Connection& connection, const MerchantId& merchant) {
  auto known =
      connection.query("SELECT 1 FROM merchants WHERE merchant_id = ? FOR UPDATE", {std::string(merchant.raw())});
  if (!known) return known.error();
  if (known->empty()) return Failure(Errc::not_found, "no such merchant");
  return {};
}

Result<std::int64_t> count_live_keys(Connection& connection, const MerchantId& merchant, std::string_view algorithm) {
  auto live = connection.query(
      "SELECT COUNT(*) FROM merchant_keys WHERE merchant_id = ? AND algorithm = ? AND (expires_at_ms = 0 OR "
      "expires_at_ms > ?)",
      {std::string(merchant.raw()), std::string(algorithm), runtime::unix_ms()});
  if (!live) return live.error();
  return mariadb::integer(live->front().front());
}

constexpr std::string_view merchant_columns =
    "SELECT m.merchant_id, m.name, m.currency, m.status, m.rate_per_second, m.in_flight_max, m.created_at_ms, "
    "(SELECT COUNT(*) FROM merchant_keys k WHERE k.merchant_id = m.merchant_id AND (k.expires_at_ms = 0 OR "
    "k.expires_at_ms > ?)) FROM merchants m ";

MerchantRow merchant_from(const mariadb::Row& row) {
  using mariadb::integer;
  using mariadb::text;
  return {MerchantId::from_raw(text(row[0])).value(),
          text(row[1]),
          text(row[2]),
          text(row[3]) == "active",
          integer(row[4]),
          integer(row[5]),
          integer(row[7]),
          integer(row[6])};
}

}  // namespace

Result<NewMerchant> create_merchant(Connection& connection, const crypto::Secret& master,
                                    const std::string& operator_name, const std::string& name, const Currency& currency,
                                    bool live) {
  if (name.empty() || name.size() > name_bytes_max) return invalid("/name", "length");
  KeyRequest first;
  first.live = live;
  NewMerchant made{make_merchant_id(runtime::unix_ms(), crypto::random_word(), crypto::random_word()), make_key(first),
                   crypto::Secret("whsec_" + crypto::base64_encode(crypto::random_bytes(secret_bytes)))};
  const auto id = made.merchant_id.text();
  auto stored = audited(connection, operator_name, "merchant_create", id, name, [&]() -> Result<void> {
    auto inserted = connection.execute(
        "INSERT INTO merchants (merchant_id, name, currency, webhook_secret, created_at_ms) VALUES (?, ?, ?, ?, ?)",
        {std::string(made.merchant_id.raw()), name, std::string(currency.code()),
         crypto::seal(master, "webhook:" + id, bytes_of(made.webhook_secret, "whsec_")), runtime::unix_ms()});
    if (!inserted) return inserted.error();
    return insert_key(connection, master, made.merchant_id, made.key, "");
  });
  if (!stored) return stored.error();
  return made;
}

Result<NewKey> add_key(Connection& connection, const crypto::Secret& master, const std::string& operator_name,
                       const MerchantId& merchant, const KeyRequest& asked) {
  const std::size_t wanted = asked.algorithm == ed25519 ? crypto::ed25519_key_bytes : 0;
  if (asked.public_key.size() != wanted) return invalid("/public_key", wanted == 0 ? "unexpected" : "required");
  if (asked.expires_at_ms != 0 && asked.expires_at_ms <= runtime::unix_ms()) return invalid("/expires_in_s", "range");
  auto key = make_key(asked);
  auto stored =
      audited(connection, operator_name, "merchant_key_add", merchant.text(), key.key_id, [&]() -> Result<void> {
        if (auto locked = lock_merchant(connection, merchant); !locked) return locked;
        auto live = count_live_keys(connection, merchant, asked.algorithm);
        if (!live) return live.error();
        if (*live >= limits::live_keys_per_algorithm_max) return invalid("", "two_live_keys");
        return insert_key(connection, master, merchant, key, asked.public_key);
      });
  if (!stored) return stored.error();
  return key;
}

Result<std::int64_t> expire_key(Connection& connection, const std::string& operator_name, const std::string& key_id,
                                std::int64_t at_ms, bool last_too) {
  const std::int64_t now_ms = runtime::unix_ms();
  std::int64_t ends_ms = std::max(at_ms, now_ms);
  auto stored = audited(connection, operator_name, "merchant_key_expire", key_id, "", [&]() -> Result<void> {
    auto found = connection.query("SELECT merchant_id, expires_at_ms FROM merchant_keys WHERE key_id = ?", {key_id});
    if (!found) return found.error();
    if (found->empty()) return Failure(Errc::not_found, "no such key");
    const auto merchant = MerchantId::from_raw(mariadb::text(found->front()[0])).value();
    if (auto locked = lock_merchant(connection, merchant); !locked) return locked;
    const std::int64_t before_ms = mariadb::integer(found->front()[1]);
    if (before_ms != 0) ends_ms = std::min(ends_ms, before_ms);
    auto others = connection.query(
        "SELECT COUNT(*) FROM merchant_keys WHERE merchant_id = ? AND key_id <> ? AND (expires_at_ms = 0 OR "
        "expires_at_ms > ?)",
        {std::string(merchant.raw()), key_id, ends_ms});
    if (!others) return others.error();
    const bool was_live = before_ms == 0 || before_ms > now_ms;
    const bool last = mariadb::integer(others->front().front()) == 0;  // none outlives it
    if (was_live && last && !last_too) return invalid("", "last_live_key");
    auto updated = connection.execute("UPDATE merchant_keys SET expires_at_ms = ? WHERE key_id = ?", {ends_ms, key_id});
    if (!updated) return updated.error();
    return {};
  });
  if (!stored) return stored.error();
  return ends_ms;
}

Result<std::vector<MerchantRow>> list_merchants(Connection& connection, const MerchantId& after, std::size_t limit) {
  auto rows = connection.query(std::string(merchant_columns) + "WHERE m.merchant_id > ? ORDER BY m.merchant_id LIMIT ?",
                               {runtime::unix_ms(), std::string(after.raw()), static_cast<std::int64_t>(limit)});
  if (!rows) return rows.error();
  std::vector<MerchantRow> merchants;
  for (const auto& row : *rows) merchants.push_back(merchant_from(row));
  return merchants;
}

Result<MerchantRow> find_merchant(Connection& connection, const MerchantId& merchant) {
  auto rows = connection.query(std::string(merchant_columns) + "WHERE m.merchant_id = ?",
                               {runtime::unix_ms(), std::string(merchant.raw())});
  if (!rows) return rows.error();
  if (rows->empty()) return Failure(Errc::not_found, "no such merchant");
  return merchant_from(rows->front());
}

Result<std::vector<KeyRow>> list_keys(Connection& connection, const MerchantId& merchant) {
  auto rows = connection.query(
      "SELECT key_id, algorithm, created_at_ms, expires_at_ms, last_used_ms FROM merchant_keys WHERE merchant_id = ? "
      "ORDER BY created_at_ms, key_id",
      {std::string(merchant.raw())});
  if (!rows) return rows.error();
  std::vector<KeyRow> keys;
  for (const auto& row : *rows) {
    keys.push_back({mariadb::text(row[0]), mariadb::text(row[1]), mariadb::integer(row[2]), mariadb::integer(row[3]),
                    mariadb::integer(row[4])});
  }
  return keys;
}

Result<void> set_active(Connection& connection, const std::string& operator_name, const MerchantId& merchant,
                        bool active, const std::string& reason) {
  return audited(connection, operator_name, active ? "merchant_resume" : "merchant_suspend", merchant.text(), reason,
                 [&]() -> Result<void> {
                   if (auto locked = lock_merchant(connection, merchant); !locked) return locked;
                   auto updated =
                       connection.execute("UPDATE merchants SET status = ? WHERE merchant_id = ?",
                                          {std::string(active ? "active" : "suspended"), std::string(merchant.raw())});
                   if (!updated) return updated.error();
                   return {};
                 });
}

Result<void> set_limits(Connection& connection, const std::string& operator_name, const MerchantId& merchant,
                        std::int64_t rate_per_second, std::int64_t in_flight_max) {
  if (rate_per_second < 0 || rate_per_second > limit_max) return invalid("/rate_per_second", "range");
  if (in_flight_max < 0 || in_flight_max > limit_max) return invalid("/in_flight_max", "range");
  const auto detail =
      "rate_per_second " + std::to_string(rate_per_second) + ", in_flight_max " + std::to_string(in_flight_max);
  return audited(connection, operator_name, "merchant_limits", merchant.text(), detail, [&]() -> Result<void> {
    if (auto locked = lock_merchant(connection, merchant); !locked) return locked;
    auto updated =
        connection.execute("UPDATE merchants SET rate_per_second = ?, in_flight_max = ? WHERE merchant_id = ?",
                           {rate_per_second, in_flight_max, std::string(merchant.raw())});
    if (!updated) return updated.error();
    return {};
  });
}

Result<crypto::Secret> create_operator(Connection& connection, const std::string& name) {
  crypto::Secret token("acqop_" + crypto::hex_encode(crypto::random_bytes(secret_bytes)));
  auto stored = audited(connection, "bootstrap", "operator_create", name, "", [&]() -> Result<void> {
    auto inserted = connection.execute(
        "INSERT INTO operators (name, token_sha256, created_at_ms) VALUES (?, ?, ?) "
        "ON DUPLICATE KEY UPDATE token_sha256 = VALUES(token_sha256)",
        {name, std::string(crypto::raw(crypto::sha256(token.reveal()))), runtime::unix_ms()});
    if (!inserted) return inserted.error();
    return {};
  });
  if (!stored) return stored.error();
  return token;
}

Result<std::string> operator_of_token(Connection& connection, std::string_view token) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  // Looked up by the digest of what was sent: an index walk over SHA-256 values tells nothing about a token.
  auto rows = connection.query("SELECT name FROM operators WHERE token_sha256 = ?",
                               {std::string(crypto::raw(crypto::sha256(token)))});
  if (!rows) return rows.error();
  if (rows->empty()) return Failure(Errc::unauthorized, "unknown token");
  return mariadb::text(rows->front().front());
}

}  // namespace acq::settlement::operations
