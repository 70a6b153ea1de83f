// The body of a callback (Standard Webhooks): {"type","timestamp","data":{payment}}. schemas/callbacks says the same.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/codec/api_json.hpp"
#include "common/domain/payment.hpp"
#include "common/error/result.hpp"

namespace acq::codec {

/// "payment.succeeded"; nullopt for the states that a merchant is not told of (accepted, processing).
std::optional<std::string> callback_type(PaymentState state);
std::string encode_callback(const Payment& payment);

struct CallbackView {
  std::string type;
  PaymentView payment;
};
Result<CallbackView> read_callback(std::string_view body);

}  // namespace acq::codec
