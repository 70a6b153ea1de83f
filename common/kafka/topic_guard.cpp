#include "common/kafka/topic_guard.hpp"

#include <yaml-cpp/yaml.h>

#include <array>

#include "common/kafka/handles.hpp"
#include "common/runtime/clock.hpp"

namespace acq::kafka {
namespace {

struct DestroyNewTopic {
  void operator()(rd_kafka_NewTopic_t* p) const { rd_kafka_NewTopic_destroy(p); }
};
struct DestroyResource {
  void operator()(rd_kafka_ConfigResource_t* p) const { rd_kafka_ConfigResource_destroy(p); }
};
struct DestroyOptions {
  void operator()(rd_kafka_AdminOptions_t* p) const { rd_kafka_AdminOptions_destroy(p); }
};

/// A handle for administrative questions; short-lived.
struct Admin {
  explicit Admin(const std::string& brokers)
      : handle(make_handle(RD_KAFKA_PRODUCER, base_conf(brokers))), queue(rd_kafka_queue_new(handle.get())) {}

  std::unique_ptr<rd_kafka_AdminOptions_t, DestroyOptions> options(rd_kafka_admin_op_t act,
                                                                   std::uint32_t timeout_ms) const {
    std::unique_ptr<rd_kafka_AdminOptions_t, DestroyOptions> made(rd_kafka_AdminOptions_new(handle.get(), act));
    std::array<char, 256> message{};
    rd_kafka_AdminOptions_set_request_timeout(made.get(), static_cast<int>(timeout_ms), message.data(), message.size());
    return made;
  }
  Result<EventHandle> wait(std::uint32_t timeout_ms) const {
    EventHandle event(rd_kafka_queue_poll(queue.get(), static_cast<int>(timeout_ms)));
    if (!event) return Failure(Errc::broker_away, "no answer within " + std::to_string(timeout_ms) + " ms");
    if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Failure(Errc::broker_away, rd_kafka_event_error_string(event.get()));
    }
    return event;
  }

  KafkaHandle handle;
  QueueHandle queue;
};

Result<std::map<std::string, std::string>> read_settings(const Admin& admin, const std::string& topic,
                                                         std::uint32_t timeout_ms) {
  const std::unique_ptr<rd_kafka_ConfigResource_t, DestroyResource> resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  rd_kafka_ConfigResource_t* asked[] = {resource.get()};
  const auto options = admin.options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_ms);
  rd_kafka_DescribeConfigs(admin.handle.get(), asked, 1, options.get(), admin.queue.get());
  auto event = admin.wait(timeout_ms + 500);
  if (!event) return event.error();
  std::size_t count = 0;
  const auto* result = rd_kafka_event_DescribeConfigs_result(event->get());
  const auto** resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
  if (count != 1) return Failure(Errc::broker_away, "the broker described no topic");
  if (const auto error = rd_kafka_ConfigResource_error(resources[0]); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Failure(error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ? Errc::misconfigured : Errc::broker_away,
                   rd_kafka_err2str(error));
  }
  std::size_t entries = 0;
  const auto** configs = rd_kafka_ConfigResource_configs(resources[0], &entries);
  std::map<std::string, std::string> settings;
  for (std::size_t i = 0; i < entries; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(configs[i]);
    settings[rd_kafka_ConfigEntry_name(configs[i])] = value == nullptr ? "" : value;
  }
  return settings;
}

}  // namespace

TopicSpec read_topic_spec(const std::string& yaml_file, const std::string& topic) {
  try {
    for (const auto& node : YAML::LoadFile(yaml_file)["topics"]) {
      if (node["name"].as<std::string>() != topic) continue;
      TopicSpec spec;
      spec.name = topic;
      spec.partitions = node["partitions"].as<std::int32_t>();
      spec.replication_factor = node["replication_factor"].as<std::int16_t>();
      for (const auto& setting : node["settings"]) {
        spec.settings[setting.first.as<std::string>()] = setting.second.as<std::string>();
      }
      return spec;
    }
  } catch (const YAML::Exception& error) {
    throw StartError(2, yaml_file + " cannot be read (" + error.what() + "): correct kafka.topics_file");
  }
  throw StartError(2, yaml_file + " does not describe the topic " + topic + ": add it, or correct kafka.topic");
}

Result<TopicFacts> read_topic_facts(const std::string& brokers, const std::string& topic, std::uint32_t timeout_ms) {
  TopicFacts facts;
  auto id = read_topic_id(brokers, topic, timeout_ms);
  if (!id) return id.error();
  facts.topic_id = *id;
  const Admin admin(brokers);
  const TopicHandle handle(rd_kafka_topic_new(admin.handle.get(), topic.c_str(), nullptr));
  const rd_kafka_metadata_t* raw = nullptr;
  const auto error = rd_kafka_metadata(admin.handle.get(), 0, handle.get(), &raw, static_cast<int>(timeout_ms));
  const MetadataHandle metadata(raw);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt != 1) {
    return Failure(Errc::broker_away, rd_kafka_err2str(error));
  }
  facts.partitions = metadata->topics[0].partition_cnt;
  auto settings = read_settings(admin, topic, timeout_ms);
  if (!settings) return settings.error();
  facts.settings = std::move(*settings);
  return facts;
}

std::vector<std::string> differences(const TopicSpec& wanted, const TopicFacts& found) {
  std::vector<std::string> sentences;
  if (wanted.partitions != found.partitions) {
    sentences.push_back("the topic has " + std::to_string(found.partitions) + " partitions, schemas/topics.yaml says " +
                        std::to_string(wanted.partitions) + ": a change of their number is a drained migration");
  }
  for (const auto& [name, value] : wanted.settings) {
    const auto setting = found.settings.find(name);
    const std::string is = setting == found.settings.end() ? "absent" : setting->second;
    if (is != value) {
      sentences.push_back(name + " is " + is + ", schemas/topics.yaml says " + value +
                          ": set it with kafka-configs.sh --alter --topic " + wanted.name + " --add-config " + name +
                          "=" + value);
    }
  }
  return sentences;
}

Result<void> create_topic(const std::string& brokers, const TopicSpec& spec, std::uint32_t timeout_ms) {
  const Admin admin(brokers);
  std::array<char, 256> message{};
  const std::unique_ptr<rd_kafka_NewTopic_t, DestroyNewTopic> topic(rd_kafka_NewTopic_new(
      spec.name.c_str(), spec.partitions, spec.replication_factor, message.data(), message.size()));
  if (!topic) return Failure(Errc::misconfigured, message.data());
  for (const auto& [name, value] : spec.settings)
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  rd_kafka_NewTopic_t* asked[] = {topic.get()};
  const auto options = admin.options(RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms);
  rd_kafka_CreateTopics(admin.handle.get(), asked, 1, options.get(), admin.queue.get());
  auto event = admin.wait(timeout_ms + 500);
  if (!event) return event.error();
  std::size_t count = 0;
  const auto** topics = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  const auto error = count == 1 ? rd_kafka_topic_result_error(topics[0]) : RD_KAFKA_RESP_ERR__FAIL;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
    const char* reason = count == 1 ? rd_kafka_topic_result_error_string(topics[0]) : nullptr;
    return Failure(Errc::misconfigured, reason != nullptr ? reason : rd_kafka_err2str(error));
  }
  // Created is not yet known everywhere: wait until the metadata show it, so that whoever starts next finds it.
  const auto end = runtime::steady_ms() + timeout_ms;
  for (;;) {
    auto facts = read_topic_facts(brokers, spec.name, timeout_ms);
    if (facts && facts->partitions > 0) return {};
    if (runtime::steady_ms() > end)
      return facts ? Failure(Errc::broker_away, "the new topic does not appear") : facts.error();
  }
}

TopicFacts require_topic(const std::string& brokers, const TopicSpec& spec, std::uint32_t timeout_ms) {
  auto facts = read_topic_facts(brokers, spec.name, timeout_ms);
  if (!facts && facts.error().code == Errc::misconfigured) {
    throw StartError(
        2, "the topic " + spec.name + " does not exist at " + brokers + ": run `acq-settlement create-topic`");
  }
  if (!facts) {
    throw StartError(3, "Kafka at " + brokers + " does not answer (" + facts.error().detail +
                            "): start the broker, or correct kafka.brokers");
  }
  const auto sentences = differences(spec, *facts);
  if (sentences.empty()) return std::move(*facts);
  std::string all = "the topic " + spec.name + " is not what it must be:";
  for (const auto& sentence : sentences) all += "\n  " + sentence;
  throw StartError(2, all);
}

}  // namespace acq::kafka
