#include "gateway/names.hpp"

#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"

namespace acq::gateway {

std::string reservation_key(const MerchantId& merchant, std::string_view merchant_order_id, std::int32_t attempt) {
  std::string key = "acq:n:" + crypto::hex_encode(merchant.raw()) + ":";
  key += merchant_order_id;
  if (attempt > 1) key.append(":").append(std::to_string(attempt));  // no number has a colon
  return key;
}

std::string refund_reservation_key(const MerchantId& merchant, std::string_view merchant_refund_id) {
  std::string key = "acq:r:" + crypto::hex_encode(merchant.raw()) + ":";
  key += merchant_refund_id;
  return key;
}

std::string state_key(const PaymentId& payment) {
  return "acq:s:" + payment.text();
}

std::string marker_key(const PaymentId& payment) {
  return "acq:a:" + payment.text();
}

std::string epoch_key(std::int32_t partition) {
  return "acq:e:" + std::to_string(partition);
}

std::string payment_key_hash(const MerchantId& merchant, std::string_view merchant_order_id, std::int32_t attempt) {
  std::string text(merchant.raw());
  text += '\0';
  text += merchant_order_id;
  text += '\0';
  text += std::to_string(attempt);
  return std::string(crypto::raw(crypto::sha256(text)).substr(0, 16));
}

std::string refund_key_hash(const MerchantId& merchant, std::string_view merchant_refund_id) {
  std::string text("refund");
  text += '\0';
  text += merchant.raw();
  text += '\0';
  text += merchant_refund_id;
  return std::string(crypto::raw(crypto::sha256(text)).substr(0, 16));
}

}  // namespace acq::gateway
