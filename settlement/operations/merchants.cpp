#include "settlement/operations/merchants.hpp"

#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/runtime/clock.hpp"
#include "settlement/operations/audit.hpp"
#include "settlement/operations/transaction.hpp"

namespace acq::settlement::operations {
namespace {

using mariadb::Connection;

constexpr std::size_t secret_bytes = 32;
constexpr std::int64_t live_keys_max = 2;
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

NewKey make_key() {
  const auto id = make_merchant_id(runtime::unix_ms(), crypto::random_word(), crypto::random_word()).text();
  return {"mk_test_" + id.substr(MerchantTag::prefix.size()),
          crypto::Secret("mksec_" + crypto::base64_encode(crypto::random_bytes(secret_bytes)))};
}

/// What is stored is the key's bytes, not its text.
std::string bytes_of(const crypto::Secret& shown, std::string_view prefix) {
  return crypto::base64_decode(shown.reveal().substr(prefix.size())).value();
}

Result<void> insert_key(Connection& connection, const crypto::Secret& master, const MerchantId& merchant,
                        const NewKey& key) {
  auto inserted = connection.execute(
      "INSERT INTO merchant_keys (key_id, merchant_id, algorithm, secret, created_at_ms) VALUES (?, ?, 'hmac-sha256', "
      "?, ?)",
      {key.key_id, std::string(merchant.raw()),
       crypto::seal(master, "key:" + key.key_id, bytes_of(key.key_secret, "mksec_")), runtime::unix_ms()});
  if (!inserted) return inserted.error();
  return {};
}

}  // namespace

Result<NewMerchant> create_merchant(Connection& connection, const crypto::Secret& master,
                                    const std::string& operator_name, const std::string& name,
                                    const Currency& currency) {
  if (name.empty() || name.size() > name_bytes_max) {
    return Failure(Errc::invalid_field, std::vector<FieldFault>{{"/name", "length"}});
  }
  NewMerchant made{make_merchant_id(runtime::unix_ms(), crypto::random_word(), crypto::random_word()), make_key(),
                   crypto::Secret("whsec_" + crypto::base64_encode(crypto::random_bytes(secret_bytes)))};
  const auto id = made.merchant_id.text();
  auto stored = audited(connection, operator_name, "merchant_create", id, name, [&]() -> Result<void> {
    auto inserted = connection.execute(
        "INSERT INTO merchants (merchant_id, name, currency, webhook_secret, created_at_ms) VALUES (?, ?, ?, ?, ?)",
        {std::string(made.merchant_id.raw()), name, std::string(currency.code()),
         crypto::seal(master, "webhook:" + id, bytes_of(made.webhook_secret, "whsec_")), runtime::unix_ms()});
    if (!inserted) return inserted.error();
    return insert_key(connection, master, made.merchant_id, made.key);
  });
  if (!stored) return stored.error();
  return made;
}

Result<NewKey> add_key(Connection& connection, const crypto::Secret& master, const std::string& operator_name,
                       const MerchantId& merchant) {
  auto key = make_key();
  auto stored =
      audited(connection, operator_name, "merchant_key_add", merchant.text(), key.key_id, [&]() -> Result<void> {
        auto known =
            connection.query("SELECT 1 FROM merchants WHERE merchant_id = ? FOR UPDATE", {std::string(merchant.raw())});
        if (!known) return known.error();
        if (known->empty()) return Failure(Errc::not_found, "no such merchant");
        auto live = connection.query(
            "SELECT COUNT(*) FROM merchant_keys WHERE merchant_id = ? AND (expires_at_ms = 0 OR expires_at_ms > ?)",
            {std::string(merchant.raw()), runtime::unix_ms()});
        if (!live) return live.error();
        if (mariadb::integer(live->front().front()) >= live_keys_max) {
          return Failure(Errc::invalid_field, std::vector<FieldFault>{{"", "two_live_keys"}});
        }
        return insert_key(connection, master, merchant, key);
      });
  if (!stored) return stored.error();
  return key;
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
