// A channel's notification as an intent. The gateway reads of it which charge it tells of and no more: what it means is
// the writer's to judge, beside what is stored. Pure.
#pragma once
#include <cstdint>
#include <string>

#include "common/domain/intents.hpp"
#include "common/error/result.hpp"

namespace acq::gateway {

/// Errc::malformed_json for a body that is larger than limits::notification_bytes_max, that is no charge answer
/// (docs/channel.md), that says "never heard of it" (an answer to questions only, P21), or whose request id is none of
/// ours. Each notification is an intent of its own: told twice is harmless.
Result<ChannelNotified> read_notification(std::string body, std::int64_t now_ms, std::uint64_t random);

}  // namespace acq::gateway
