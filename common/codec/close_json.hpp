// The merchant's JSON of closes (openapi.yaml): what is asked, and what is answered while nobody knows the payment.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/domain/ids.hpp"
#include "common/error/result.hpp"

namespace acq::codec {

struct CloseRequest {
  std::string merchant_order_id;
  std::optional<std::int32_t> attempt;  ///< left out: the present one
};
/// Failures as read_payment_request's: malformed_json, duplicate_member, or invalid_field with its faults.
Result<CloseRequest> read_close_request(std::string_view body);
/// A close by id names everything in its path: no body, or an object without members.
Result<void> read_no_members(std::string_view body);

/// A close that was accepted before the attempt that it names could be shown.
void write_close_asked(std::string& out, std::string_view merchant_order_id, std::int32_t attempt,
                       const std::optional<PaymentId>& payment_id);

}  // namespace acq::codec
