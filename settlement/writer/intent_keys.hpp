// Under which key an intent's number lies in the database, and which payment it names. Pure.
#pragma once
#include <optional>

#include "settlement/writer/plan.hpp"

namespace acq::settlement {

/// payment_keys.key_hash: the first 16 bytes of SHA-256 over merchant, 0, number, 0, attempt in decimal.
KeyHash key_hash(const MerchantId& merchant, std::string_view merchant_order_id, std::int32_t attempt);
/// refund_keys.key_hash: the first 16 bytes of SHA-256 over "refund", 0, merchant, 0, refund number.
KeyHash refund_key_hash(const RefundRequested& refund);

/// The payment that a decoded record is about, as its own words have it; nothing for a close by number.
std::optional<PaymentId> named_payment(const Intent& intent);

}  // namespace acq::settlement
