// A later attempt between its 202 and the writer's commit, as Redis tells it: MariaDB and the cached state still show
// the attempt before. Written by the gateway that answered, under the payment's id; a convenience like all of Redis, so
// what it says counts only where MariaDB has nothing of that intent.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/domain/ids.hpp"

namespace acq::gateway {

struct AttemptMarker {
  std::int32_t attempt = 0;
  IntentId intent_id;
  std::int32_t sequence = 0;
  std::string json;  ///< the payment as the 202 showed it
};

/// "ATTEMPT|INTENT ID|SEQUENCE|MERCHANT HEX|JSON"
std::string encode_marker(const AttemptMarker& marker, const MerchantId& merchant);
/// Nothing when it is none, or another merchant's.
std::optional<AttemptMarker> decode_marker(std::string_view text, const MerchantId& merchant);

}  // namespace acq::gateway
