#include "tests/support/topic.hpp"

#include <catch2/catch.hpp>
#include <memory>

#include "common/kafka/topic_guard.hpp"
#include "tests/support/await.hpp"
#include "tests/support/files.hpp"
#include "tests/support/settings.hpp"

namespace acq::test {
namespace {

constexpr std::uint32_t broker_ms = 15'000;

/// schemas/topics.yaml with the topic's name replaced.
std::string topics_yaml(const std::string& name) {
  std::string yaml = read_file(std::string(ACQ_SOURCE_DIR) + "/schemas/topics.yaml");
  const std::string standing = "- name: acq.intents\n";
  const auto at = yaml.find(standing);
  REQUIRE(at != std::string::npos);
  return yaml.replace(at, standing.size(), "- name: " + name + "\n");
}

kafka::KafkaHandle make_producer() {
  auto conf = kafka::base_conf(settings().kafka);
  kafka::set(conf.get(), "enable.idempotence", "true");
  kafka::set(conf.get(), "linger.ms", "0");
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);  // a broker that is away is what some tests are about
  rd_kafka_conf_set_dr_msg_cb(conf.get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) *static_cast<std::int64_t*>(message->_private) = message->offset;
  });
  return kafka::make_handle(RD_KAFKA_PRODUCER, std::move(conf));
}

}  // namespace

Topic::Topic(std::string name, const std::string& folder)
    : name_(std::move(name)),
      topics_file_(folder + "/topics.yaml"),
      producer_(make_producer()),
      queue_(rd_kafka_queue_new(producer_.get())),
      reader_(settings().kafka, name_) {
  write_file(topics_file_, topics_yaml(name_));
}

Topic::~Topic() {
  ask_to_delete();
  const kafka::EventHandle ignored(rd_kafka_queue_poll(queue_.get(), broker_ms));
}

void Topic::remove() {
  ask_to_delete();
  const auto ignored = answer(broker_ms);
  await("the topic is gone", broker_ms, [&] {
    const auto id = kafka::read_topic_id(settings().kafka, name_, broker_ms);
    return !id && id.error().code == Errc::misconfigured;
  });
}

void Topic::ask_to_delete() {
  std::unique_ptr<rd_kafka_DeleteTopic_t, decltype(&rd_kafka_DeleteTopic_destroy)> topic(
      rd_kafka_DeleteTopic_new(name_.c_str()), rd_kafka_DeleteTopic_destroy);
  rd_kafka_DeleteTopic_t* asked[] = {topic.get()};
  rd_kafka_DeleteTopics(producer_.get(), asked, 1, nullptr, queue_.get());
}

kafka::EventHandle Topic::answer(std::int64_t within_ms) {
  kafka::EventHandle event(rd_kafka_queue_poll(queue_.get(), static_cast<int>(within_ms)));
  REQUIRE(event != nullptr);
  INFO(rd_kafka_event_error_string(event.get()));
  REQUIRE(rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
  return event;
}

std::vector<std::int64_t> Topic::ends() {
  std::vector<std::int64_t> all;
  for (std::int32_t partition = 0; partition < partitions; ++partition) {
    const auto bounds = reader_.bounds(partition, broker_ms);
    if (!bounds) FAIL("the log's end: " << bounds.error().detail);
    all.push_back(bounds->end);
  }
  return all;
}

std::int64_t Topic::records_in_all() {
  std::int64_t sum = 0;
  for (const auto end : ends()) sum += end;
  return sum;
}

std::vector<LogRecord> Topic::records() {
  std::vector<LogRecord> all;
  for (std::int32_t partition = 0; partition < partitions; ++partition) {
    const auto bounds = reader_.bounds(partition, broker_ms);
    REQUIRE(bounds.has_value());
    const auto read = reader_.scan(partition, bounds->first, bounds->end, broker_ms, [&](const kafka::Record& record) {
      all.push_back({partition, record.offset(), std::string(record.key()), std::string(record.value())});
      return true;
    });
    if (!read) FAIL("the log of partition " << partition << ": " << read.error().detail);
  }
  return all;
}

std::int64_t Topic::produce(std::int32_t partition, const std::string& key, const std::string& value) {
  const kafka::TopicHandle topic(rd_kafka_topic_new(producer_.get(), name_.c_str(), nullptr));
  std::int64_t offset = -1;
  std::string bytes = value;
  REQUIRE(rd_kafka_produce(topic.get(), partition, RD_KAFKA_MSG_F_COPY, bytes.data(), bytes.size(), key.data(),
                           key.size(), &offset) == 0);
  REQUIRE(rd_kafka_flush(producer_.get(), broker_ms) == RD_KAFKA_RESP_ERR_NO_ERROR);
  REQUIRE(offset >= 0);
  return offset;
}

void Topic::change_setting(const std::string& setting, const std::string& value) {
  auto all = kafka::read_topic_spec(topics_file_, name_).settings;
  all[setting] = value;
  std::unique_ptr<rd_kafka_ConfigResource_t, decltype(&rd_kafka_ConfigResource_destroy)> resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name_.c_str()), rd_kafka_ConfigResource_destroy);
  for (const auto& [name, to] : all) rd_kafka_ConfigResource_set_config(resource.get(), name.c_str(), to.c_str());
  rd_kafka_ConfigResource_t* asked[] = {resource.get()};
  rd_kafka_AlterConfigs(producer_.get(), asked, 1, nullptr, queue_.get());
  const auto ignored = answer(broker_ms);
}

void Topic::delete_before(std::int32_t partition, std::int64_t offset) {
  const kafka::PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), name_.c_str(), partition)->offset = offset;
  std::unique_ptr<rd_kafka_DeleteRecords_t, decltype(&rd_kafka_DeleteRecords_destroy)> records(
      rd_kafka_DeleteRecords_new(list.get()), rd_kafka_DeleteRecords_destroy);
  rd_kafka_DeleteRecords_t* asked[] = {records.get()};
  rd_kafka_DeleteRecords(producer_.get(), asked, 1, nullptr, queue_.get());
  const auto ignored = answer(broker_ms);
}

}  // namespace acq::test
