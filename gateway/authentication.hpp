// Who signed this request (RFC 9421, openapi.yaml's profile). Pure but for the clock it is given.
#pragma once
#include <cstdint>

#include "common/error/result.hpp"
#include "common/http/message.hpp"
#include "gateway/merchant_directory.hpp"

namespace acq::gateway {

/// Errc::unauthorized for every fault of the signature: the answer says nothing of which part was wrong, and an unknown
/// key costs what a known one does. missing_digest and digest_mismatch are about the body and say so.
Result<Merchant> authenticate(const http::Request& request, const DirectorySnapshot& directory, std::int64_t now_ms);

}  // namespace acq::gateway
