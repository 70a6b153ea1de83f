// A payment's members out of a tree: an answer's root, a callback's data. Internal to codec.
#pragma once
#include "common/codec/api_json.hpp"
#include "common/codec/json_document.hpp"

namespace acq::codec {

/// Errc::undecodable when a member is missing or wrong; members that we do not know are let be.
Result<PaymentView> payment_view(const JsonValue& payment);

}  // namespace acq::codec
