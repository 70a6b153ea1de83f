// A request's fields as 32-bit keyed hashes (P2): a repeated request is compared by them, and a difference is named by
// its field, while no value (least of all a payment code, P24) can be read back.
#pragma once
#include <string>

#include "common/crypto/digest.hpp"
#include "common/domain/payment.hpp"

namespace acq::gateway {

/// What is hashed of a field. Metadata has its lengths in front, so that no two lists read the same.
std::string canonical_text(const PaymentRequest& request, Field field);
Fingerprint fingerprint_of(const PaymentRequest& request, const crypto::SipKey& key);

}  // namespace acq::gateway
