// Whether the channel sent this notification: Standard Webhooks under the secret that both hold. Pure but for the clock
// it is given.
#pragma once
#include <cstdint>

#include "common/crypto/secret.hpp"
#include "common/error/result.hpp"
#include "common/http/message.hpp"

namespace acq::gateway {

/// Errc::unauthorized for every fault: a header that is not there, a stamp more than limits::signature_age_s_max from
/// our clock, another signature.
Result<void> authenticate_channel(const http::Request& request, const crypto::Secret& secret, std::int64_t now_ms);

}  // namespace acq::gateway
