// The topic as schemas/topics.yaml wants it, as the broker has it, and the difference in sentences that name the fix.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/error/result.hpp"
#include "common/kafka/topic_identity.hpp"

namespace acq::kafka {

struct TopicSpec {
  std::string name;
  std::int32_t partitions = 0;
  std::int16_t replication_factor = 1;
  std::map<std::string, std::string> settings;
};

struct TopicFacts {
  TopicId topic_id{};
  std::int32_t partitions = 0;
  std::map<std::string, std::string> settings;  ///< effective values
};

/// Throws StartError (2) when the file or the topic in it is missing or malformed.
TopicSpec read_topic_spec(const std::string& yaml_file, const std::string& topic);

/// Asks the broker; blocking. Errc::broker_away; Errc::misconfigured when the topic does not exist.
Result<TopicFacts> read_topic_facts(const std::string& brokers, const std::string& topic, std::uint32_t timeout_ms);

/// Empty when all is as it should be; else one sentence per difference.
std::vector<std::string> differences(const TopicSpec& wanted, const TopicFacts& found);

/// Creates it when it is not there; leaves an existing one alone. Errc::broker_away, Errc::misconfigured.
Result<void> create_topic(const std::string& brokers, const TopicSpec& spec, std::uint32_t timeout_ms);

/// Start-up check of every program: throws StartError (3: broker away; 2: settings differ), returns the facts.
TopicFacts require_topic(const std::string& brokers, const TopicSpec& spec, std::uint32_t timeout_ms);

}  // namespace acq::kafka
