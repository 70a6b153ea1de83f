#include "settlement/writer/intent_keys.hpp"

#include <algorithm>
#include <string>

#include "common/crypto/digest.hpp"

namespace acq::settlement {
namespace {

KeyHash first_half(std::string_view bytes) {
  const auto digest = crypto::sha256(bytes);
  KeyHash hash;
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return hash;
}

}  // namespace

KeyHash key_hash(const MerchantId& merchant, std::string_view merchant_order_id, std::int32_t attempt) {
  std::string bytes(merchant.raw());
  bytes.push_back('\0');
  bytes += merchant_order_id;
  bytes.push_back('\0');
  bytes += std::to_string(attempt);
  return first_half(bytes);
}

KeyHash refund_key_hash(const RefundRequested& refund) {
  std::string bytes = "refund";
  bytes.push_back('\0');
  bytes += refund.merchant_id.raw();
  bytes.push_back('\0');
  bytes += refund.merchant_refund_id;
  return first_half(bytes);
}

std::optional<PaymentId> named_payment(const Intent& intent) {
  if (const auto* requested = std::get_if<PaymentRequested>(&intent)) return requested->payment_id;
  if (const auto* closing = std::get_if<CloseRequested>(&intent)) return closing->payment_id;
  if (const auto* refund = std::get_if<RefundRequested>(&intent)) return refund->payment_id;
  return std::get<ChannelNotified>(intent).payment_id;
}

}  // namespace acq::settlement
