// Where a list goes on: the last payment that a page has told, as opaque text. It carries a keyed hash over merchant,
// filters and place, so that it serves only the list that it came from. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/digest.hpp"
#include "common/domain/ids.hpp"
#include "gateway/payment_filter.hpp"

namespace acq::gateway {

std::string encode_cursor(const crypto::SipKey& key, const MerchantId& merchant, const PaymentFilter& filter,
                          const PaymentId& last);
/// Nothing for what is not ours, another merchant's, or of a list with other filters. The limit may change on the way.
std::optional<PaymentId> decode_cursor(const crypto::SipKey& key, const MerchantId& merchant,
                                       const PaymentFilter& filter, std::string_view text);

}  // namespace acq::gateway
