// Names under which things lie in Redis and MariaDB, made from what a merchant sent. Pure; settlement has the same.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "common/domain/ids.hpp"

namespace acq::gateway {

/// Redis: the reservation of a merchant's number, or of a later attempt of it: each attempt has its own.
std::string reservation_key(const MerchantId& merchant, std::string_view merchant_order_id, std::int32_t attempt = 1);
/// Redis: the reservation of a merchant's refund number.
std::string refund_reservation_key(const MerchantId& merchant, std::string_view merchant_refund_id);
/// Redis: the newest state of a payment (P25).
std::string state_key(const PaymentId& payment);
/// Redis: a later attempt that is on its way to the writer (attempt_marker.hpp).
std::string marker_key(const PaymentId& payment);
/// Redis: the cache epoch of a partition (P25).
std::string epoch_key(std::int32_t partition);
/// Redis: since when it has been whole; FLUSHALL takes it away, and an emptied server does not have it (P7).
inline constexpr std::string_view whole_key = "acq:whole";

/// MariaDB payment_keys.key_hash: the first 16 bytes of SHA-256 over merchant, 0, number, 0, attempt in decimal.
std::string payment_key_hash(const MerchantId& merchant, std::string_view merchant_order_id, std::int32_t attempt);
/// MariaDB refund_keys.key_hash: the first 16 bytes of SHA-256 over "refund", 0, merchant, 0, number.
std::string refund_key_hash(const MerchantId& merchant, std::string_view merchant_refund_id);

}  // namespace acq::gateway
