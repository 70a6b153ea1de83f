// What MariaDB knows of payments: all SQL of the read side. Blocking; run on a read pool's thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/payment.hpp"
#include "common/error/result.hpp"
#include "common/mariadb/connection.hpp"
#include "gateway/answers.hpp"
#include "gateway/attempt_marker.hpp"

namespace acq::gateway {

struct StoredPayment {
  Payment payment;
  std::vector<PaymentId> aliases;
};

/// The payment under its own id, under an alias, or parked as a dead letter (shown as `processing`); a refused attempt
/// under its intent's id. Another merchant's is as if it were not there. Errc::undecodable: there is something under
/// this id that cannot be shown.
Result<std::optional<StoredPayment>> read_by_id(mariadb::Connection& connection, const MerchantId& merchant,
                                                const PaymentId& id);

/// The payment where a marker says that a later attempt was accepted: as stored, when that attempt has begun or was
/// refused; as the marker shows it, when MariaDB has nothing of its intent; `processing`, when that is parked (P11).
/// Nothing: no such payment.
Result<std::optional<Shown>> read_with_attempt(mariadb::Connection& connection, const MerchantId& merchant,
                                               const PaymentId& id, const AttemptMarker& marker);

/// By names.hpp's payment_key_hash, over all periods.
Result<std::optional<StoredPayment>> read_by_key(mariadb::Connection& connection, const MerchantId& merchant,
                                                 const std::string& key_hash);

/// A number's payment, and what one attempt of it was asked with, where that attempt has begun (P8).
struct StoredAttempt {
  std::optional<StoredPayment> payment;
  std::optional<Fingerprint> fingerprint;
};
Result<StoredAttempt> read_attempt(mariadb::Connection& connection, const MerchantId& merchant,
                                   const std::string& number_hash, const std::string& attempt_hash);
/// As MariaDB holds it: seven 32-bit numbers, little endian. Nothing when the bytes are not that.
std::optional<Fingerprint> fingerprint_from(std::string_view raw);

/// The partition's writer has applied everything below `log_end`, and no incident stops it (P7, P10).
Result<bool> has_applied(mariadb::Connection& connection, std::int32_t partition,
                         const std::array<std::uint8_t, 16>& topic_id, std::int64_t log_end);

}  // namespace acq::gateway
