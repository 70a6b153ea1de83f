// What MariaDB knows of refunds: all SQL of their read side. Blocking; run on a read pool's thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/domain/idempotency.hpp"
#include "common/domain/intents.hpp"
#include "common/domain/refund.hpp"
#include "common/error/result.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::gateway {

struct StoredRefund {
  Refund refund;
  std::vector<RefundId> aliases;
};

/// The refund under its own id or under an alias; held, or parked as a dead letter, it is shown as `accepted`. Another
/// merchant's is as if it were not there. Errc::undecodable: there is something under this id that cannot be shown.
Result<std::optional<StoredRefund>> read_refund(mariadb::Connection& connection, const MerchantId& merchant,
                                                const RefundId& id);

/// A refund's number: whose it is, and what that refund was asked with.
struct NumberedRefund {
  RefundId refund_id;
  RefundFingerprint fingerprint{};
  std::optional<StoredRefund> stored;
};
/// By names.hpp's refund_key_hash.
Result<std::optional<NumberedRefund>> read_refund_number(mariadb::Connection& connection, const MerchantId& merchant,
                                                         const std::string& key_hash);

/// What decides over a refund before it is accepted (P8): the gate of the payment's present attempt, as yet untouched
/// where nothing was asked back of it, and whose the number is.
struct RefundFacts {
  RefundGate gate;
  std::optional<NumberedRefund> numbered;
};
Result<RefundFacts> read_refund_facts(mariadb::Connection& connection, const Payment& payment,
                                      const std::string& key_hash);

/// A payment's refunds, newest first, automatic and held ones too: at most `count`, older than `before` where that is
/// given. Without aliases.
Result<std::vector<Refund>> list_refunds(mariadb::Connection& connection, const PaymentId& payment,
                                         const std::optional<RefundId>& before, std::size_t count);

/// As MariaDB holds it: three 32-bit numbers, little endian. Nothing when the bytes are not that.
std::optional<RefundFingerprint> refund_fingerprint_from(std::string_view raw);

/// As it is shown before the writer has decided over it.
Refund shown_as_accepted(const RefundRequested& intent);

}  // namespace acq::gateway
