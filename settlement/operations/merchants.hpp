// Use cases about merchants: create one, add a key. Each is one transaction with its audit row; secrets are shown once
// and stored sealed under the master key.
#pragma once
#include <string>

#include "common/crypto/secret.hpp"
#include "common/domain/ids.hpp"
#include "common/domain/money.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::settlement::operations {

struct NewKey {
  std::string key_id;
  crypto::Secret key_secret;  ///< "mksec_…", shown once
};
struct NewMerchant {
  MerchantId merchant_id;
  NewKey key;
  crypto::Secret webhook_secret;  ///< "whsec_…", shown once
};

/// `name`: 1..128 bytes. Errc::invalid_field, database_away.
Result<NewMerchant> create_merchant(mariadb::Connection& connection, const crypto::Secret& master,
                                    const std::string& operator_name, const std::string& name,
                                    const Currency& currency);

/// At most two live keys of an algorithm, so that rotation never refuses a request. Errc::not_found;
/// invalid_field when there are two already.
Result<NewKey> add_key(mariadb::Connection& connection, const crypto::Secret& master, const std::string& operator_name,
                       const MerchantId& merchant);

/// Makes or replaces an operator's personal token; returns it. Only its SHA-256 is stored.
Result<crypto::Secret> create_operator(mariadb::Connection& connection, const std::string& name);
/// The name behind a token. Errc::unauthorized.
Result<std::string> operator_of_token(mariadb::Connection& connection, std::string_view token);

}  // namespace acq::settlement::operations
