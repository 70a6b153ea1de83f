// The merchant's JSON of refunds (openapi.yaml): what is asked, and a refund as its merchant reads it.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/domain/refund.hpp"
#include "common/error/result.hpp"

namespace acq::codec {

/// The body of a refund; which payment it is of, the path says.
struct RefundWanted {
  std::string merchant_refund_id;
  std::int64_t amount = 0;
  std::string reason;  ///< empty: none given
};
/// Failures as read_payment_request's: malformed_json, duplicate_member, or invalid_field with its faults.
Result<RefundWanted> read_refund_wanted(std::string_view body);

/// Appended to `out`. `aliases` may be empty.
void write_refund(std::string& out, const Refund& refund, std::span<const RefundId> aliases = {});

}  // namespace acq::codec
