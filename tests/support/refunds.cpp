#include "tests/support/refunds.hpp"

#include "common/codec/intent_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/runtime/clock.hpp"

namespace acq::test {

RefundRequested refund_of(System& system, const std::string& payment_id, const std::string& order,
                          const std::string& number, std::int64_t amount) {
  RefundRequested intent;
  intent.payment_id = PaymentId::parse(payment_id).value();
  intent.refund_id = make_refund_id(runtime::unix_ms(), route_of(intent.payment_id), crypto::random_word());
  intent.intent_id = same_bytes<IntentId>(intent.refund_id);
  intent.merchant_id = system.merchant().id();
  intent.merchant_order_id = order;
  intent.merchant_refund_id = number;
  intent.amount = amount;
  intent.currency = Currency::parse("CNY").value();
  intent.accepted_at_ms = runtime::unix_ms();
  intent.fingerprint = {static_cast<std::uint32_t>(fnv1a_64(intent.payment_id.raw())),
                        static_cast<std::uint32_t>(amount), 0};
  return intent;
}

std::string offer(System& system, const RefundRequested& intent) {
  system.topic().produce(partition_of(route_of(intent.payment_id), Topic::partitions), record_key(intent),
                         codec::encode_intent(intent));
  return intent.refund_id.text();
}

std::string refund_state(System& system, const RefundId& id) {
  const auto found = system.database().text("SELECT TRIM(CONCAT(state, ' ', code)) FROM refunds WHERE refund_id = ?",
                                            {std::string(id.raw())});
  return found.empty() ? "none" : found;
}

std::string gate_of(System& system, const std::string& payment_id) {
  const auto found = system.database().text(
      "SELECT CONCAT(captured, ' ', refunding, ' ', refunded) FROM refund_gates JOIN payments USING (payment_id, "
      "attempt) WHERE payment_id = ?",
      {std::string(PaymentId::parse(payment_id).value().raw())});
  return found.empty() ? "none" : found;
}

std::int64_t given_back(System& system, const std::string& order) {
  return system.charges(order).integer("refunded_amount");
}

}  // namespace acq::test
