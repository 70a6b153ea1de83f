// Use cases about merchants and their keys. Each change is one transaction with its audit row, and applies at once:
// every gateway looks for changes each second. Secrets are shown once and stored sealed under the master key.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/secret.hpp"
#include "common/domain/ids.hpp"
#include "common/domain/money.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::settlement::operations {

/// Words of the merchant_keys table, and of RFC 9421.
inline constexpr std::string_view hmac_sha256 = "hmac-sha256";
inline constexpr std::string_view ed25519 = "ed25519";

/// What a key is made from. HMAC's secret is made here; of Ed25519 only the public key ever comes here.
struct KeyRequest {
  std::string_view algorithm = hmac_sha256;
  std::string public_key;          ///< 32 raw bytes, Ed25519 only
  std::int64_t expires_at_ms = 0;  ///< 0: never
  bool live = false;               ///< names it mk_live_… instead of mk_test_…
};
struct NewKey {
  std::string key_id;
  std::string_view algorithm = hmac_sha256;
  crypto::Secret key_secret;  ///< "mksec_…", shown once; empty for Ed25519
  std::int64_t expires_at_ms = 0;
};
struct NewMerchant {
  MerchantId merchant_id;
  NewKey key;
  crypto::Secret webhook_secret;  ///< "whsec_…", shown once
};

/// `name`: 1..128 bytes. Its first key is HMAC's. Errc::invalid_field, database_away.
Result<NewMerchant> create_merchant(mariadb::Connection& connection, const crypto::Secret& master,
                                    const std::string& operator_name, const std::string& name, const Currency& currency,
                                    bool live = false);

/// At most two live keys of an algorithm, so that rotation never refuses a request. Errc::not_found;
/// invalid_field when there are two already, or a public key is there that is none or is missing.
Result<NewKey> add_key(mariadb::Connection& connection, const crypto::Secret& master, const std::string& operator_name,
                       const MerchantId& merchant, const KeyRequest& asked);
/// The key ends at `at_ms`, or at once when that has passed; never later than it would have. Returns when.
/// Errc::not_found; invalid_field for a merchant's last live key unless `last_too`.
Result<std::int64_t> expire_key(mariadb::Connection& connection, const std::string& operator_name,
                                const std::string& key_id, std::int64_t at_ms, bool last_too);

struct MerchantRow {
  MerchantId merchant_id;
  std::string name;
  std::string currency;
  bool active = false;
  std::int64_t rate_per_second = 0;  ///< 0: the gateway's default
  std::int64_t in_flight_max = 0;    ///< 0: the gateway's default
  std::int64_t live_keys = 0;
  std::int64_t created_at_ms = 0;
};
struct KeyRow {
  std::string key_id;
  std::string algorithm;
  std::int64_t created_at_ms = 0;
  std::int64_t expires_at_ms = 0;  ///< 0: never
  std::int64_t last_used_ms = 0;   ///< to the minute; 0: never
};
/// By name; those behind `after` (an id, zeros: from the start), in the order in which they were made.
Result<std::vector<MerchantRow>> list_merchants(mariadb::Connection& connection, const MerchantId& after,
                                                std::size_t limit);
/// Errc::not_found.
Result<MerchantRow> find_merchant(mariadb::Connection& connection, const MerchantId& merchant);
/// Ended ones too, oldest first.
Result<std::vector<KeyRow>> list_keys(mariadb::Connection& connection, const MerchantId& merchant);

/// A suspended merchant may read and be told, but asks for nothing new. Errc::not_found. Doing it twice is harmless.
Result<void> set_active(mariadb::Connection& connection, const std::string& operator_name, const MerchantId& merchant,
                        bool active, const std::string& reason);
/// 0: the gateway's default. Errc::not_found, invalid_field beyond a million.
Result<void> set_limits(mariadb::Connection& connection, const std::string& operator_name, const MerchantId& merchant,
                        std::int64_t rate_per_second, std::int64_t in_flight_max);

/// Makes or replaces an operator's personal token; returns it. Only its SHA-256 is stored.
Result<crypto::Secret> create_operator(mariadb::Connection& connection, const std::string& name);
/// The name behind a token. Errc::unauthorized.
Result<std::string> operator_of_token(mariadb::Connection& connection, std::string_view token);

}  // namespace acq::settlement::operations
