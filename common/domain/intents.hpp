// What the log carries: what was asked, one struct per intent. schemas/intents says the same as JSON.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "common/domain/idempotency.hpp"
#include "common/domain/payment.hpp"

namespace acq {

/// A merchant asked for a payment, or for its next attempt: then `payment_id` is the payment's as MariaDB had it (P8),
/// and the intent has an id of its own.
struct PaymentRequested {
  IntentId intent_id;
  PaymentId payment_id;
  MerchantId merchant_id;
  std::string merchant_order_id;
  std::int32_t attempt = 1;
  std::int64_t amount = 0;
  Currency currency;
  MethodType method = MethodType::qr;
  std::string sealed_code;  ///< AES-256-GCM under the day key (P24), never the digits
  std::string description;
  std::string callback_url;
  Metadata metadata;
  std::int64_t accepted_at_ms = 0;  ///< the gateway's clock at the first offer; kept by a re-offer (P20)
  std::int64_t expires_at_ms = 0;
  Fingerprint fingerprint{};
  std::string traceparent;
};

/// A merchant asked to close an attempt. It names the attempt, and may come before its payment (P12).
struct CloseRequested {
  IntentId intent_id;
  std::optional<PaymentId> payment_id;  ///< where it was known
  MerchantId merchant_id;
  std::string merchant_order_id;
  std::int32_t attempt = 1;
  std::int64_t accepted_at_ms = 0;
  std::string traceparent;
};

/// A channel told us by itself how a charge stands.
struct ChannelNotified {
  IntentId intent_id;
  PaymentId payment_id;
  std::int32_t attempt = 1;
  std::int64_t accepted_at_ms = 0;
  std::string answer;  ///< the notification's body as it came (docs/channel.md)
};

/// A merchant asked for money of a payment back. The gateway read that the payment had succeeded (P8); the gate in the
/// writer's transaction decides (P14).
struct RefundRequested {
  IntentId intent_id;  ///< the refund id's own bytes
  RefundId refund_id;  ///< with its payment's route
  PaymentId payment_id;
  MerchantId merchant_id;
  std::string merchant_order_id;  ///< the payment's
  std::string merchant_refund_id;
  std::int64_t amount = 0;
  Currency currency;   ///< the payment's
  std::string reason;  ///< empty: none given
  std::int64_t accepted_at_ms = 0;
  RefundFingerprint fingerprint{};
  std::string traceparent;
};

using Intent = std::variant<PaymentRequested, CloseRequested, ChannelNotified, RefundRequested>;

inline const IntentId& id_of(const Intent& intent) {
  return std::visit([](const auto& one) -> const IntentId& { return one.intent_id; }, intent);
}
/// The record's key on the log: a first attempt's payment id, else the intent's own.
inline std::string record_key(const Intent& intent) {
  const auto* requested = std::get_if<PaymentRequested>(&intent);
  return requested != nullptr && requested->attempt == 1 ? requested->payment_id.text() : id_of(intent).text();
}

}  // namespace acq
