// Intents as the log and the witness carry them: JSON with a version, documented in schemas/intents.
#pragma once
#include <string>
#include <string_view>

#include "common/domain/intents.hpp"
#include "common/error/result.hpp"

namespace acq::codec {

inline constexpr int intent_version = 1;

std::string encode_intent(const PaymentRequested& intent);
std::string encode_intent(const CloseRequested& intent);
std::string encode_intent(const ChannelNotified& intent);
std::string encode_intent(const RefundRequested& intent);

/// Errc::undecodable, with the reason in `detail`: not JSON, a later version, an unknown type, a missing or wrong
/// member.
Result<Intent> decode_intent(std::string_view bytes);

}  // namespace acq::codec
