// The topic id (KIP-516), asked by a Metadata request of our own: librdkafka 2.0.2 does not tell it, and without it a
// topic that was deleted and made again under the same name looks like the same log.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/error/result.hpp"

namespace acq::kafka {

using TopicId = std::array<std::uint8_t, 16>;

/// Blocking. Tries the listed brokers in order, plain text only. broker_away; misconfigured when there is no such
/// topic.
Result<TopicId> read_topic_id(const std::string& brokers, const std::string& topic, std::uint32_t timeout_ms);

/// The wire, apart for the tests: Apache Kafka protocol guide, Metadata (key 3) version 12, flexible encoding
/// (KIP-482).
std::string metadata_request(std::string_view topic, std::int32_t correlation);
/// `answer` without its length prefix.
Result<TopicId> topic_id_from_metadata(std::string_view answer);

}  // namespace acq::kafka
