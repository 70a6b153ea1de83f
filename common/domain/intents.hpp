// What the log carries: what was asked, one struct per intent. schemas/intents says the same as JSON.
#pragma once
#include <cstdint>
#include <string>
#include <variant>

#include "common/domain/payment.hpp"

namespace acq {

/// A merchant asked for a payment (or its next attempt).
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

using Intent = std::variant<PaymentRequested>;

}  // namespace acq
