// What may be refunded of a stored payment (P8), and which fields of a repeated refund differ (P2). Pure; the writer's
// gate decides again in its transaction (P14).
#pragma once
#include <cstdint>
#include <vector>

#include "common/codec/refund_json.hpp"
#include "common/crypto/digest.hpp"
#include "common/domain/idempotency.hpp"
#include "common/domain/intents.hpp"
#include "common/domain/refund.hpp"
#include "common/error/result.hpp"

namespace acq::gateway {

enum class RefundStanding : std::uint8_t {
  open,            ///< it may be asked for
  exceeds,         ///< it is more than what is left
  not_refundable,  ///< the payment has not succeeded, is too old, or has had its number of refunds
};
struct RefundJudgement {
  RefundStanding standing = RefundStanding::not_refundable;
  std::int64_t remaining = 0;  ///< before this refund
};
/// By the writer's own rules, over what was read. `gate` is that of the payment's present attempt.
RefundJudgement judge_refund(const Payment& payment, const RefundGate& gate, const RefundRequested& intent) noexcept;

/// `payment` is the payment's own id, whichever alias the request named.
RefundFingerprint fingerprint_of(const PaymentId& payment, const codec::RefundWanted& wanted,
                                 const crypto::SipKey& key);
/// "/amount", "differs", in the order of the fields; empty when nothing differs.
std::vector<FieldFault> differing_refund_fields(const RefundFingerprint& a, const RefundFingerprint& b);

/// As Redis holds it in a reservation, which has room for a payment's fields: the rest is zero. Back, and forth.
Fingerprint reserved_form(const RefundFingerprint& fingerprint) noexcept;
RefundFingerprint refund_fingerprint_of(const Reservation& reservation) noexcept;

}  // namespace acq::gateway
