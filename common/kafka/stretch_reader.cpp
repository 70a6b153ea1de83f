#include "common/kafka/stretch_reader.hpp"

#include "common/kafka/handles.hpp"
#include "common/runtime/clock.hpp"

namespace acq::kafka {

struct StretchReader::State {
  std::string topic;
  KafkaHandle handle;
};

StretchReader::StretchReader(const std::string& brokers, std::string topic) : state_(std::make_unique<State>()) {
  state_->topic = std::move(topic);
  auto conf = base_conf(brokers);
  set(conf.get(), "group.id", "acq-stretch-reader");  // asked for by the library; nothing is ever committed under it
  set(conf.get(), "auto.offset.reset", "error");
  set(conf.get(), "enable.auto.commit", "false");
  set(conf.get(), "enable.auto.offset.store", "false");
  set(conf.get(), "check.crcs", "true");
  set(conf.get(), "fetch.wait.max.ms", "100");
  set(conf.get(), "queued.max.messages.kbytes", "16384");
  state_->handle = make_handle(RD_KAFKA_CONSUMER, std::move(conf));
  rd_kafka_poll_set_consumer(state_->handle.get());
}

StretchReader::~StretchReader() {
  rd_kafka_consumer_close(state_->handle.get());
}

Result<std::vector<Record>> StretchReader::read(std::int32_t partition, std::int64_t offset, std::int64_t end,
                                                std::size_t count, std::uint32_t timeout_ms) {
  std::vector<Record> records;
  if (offset >= end || count == 0) return records;
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), state_->topic.c_str(), partition)->offset = offset;
  rd_kafka_assign(state_->handle.get(), list.get());
  const auto until = runtime::steady_ms() + timeout_ms;
  Result<void> outcome;
  for (auto now = runtime::steady_ms(); now < until; now = runtime::steady_ms()) {
    MessageHandle message(rd_kafka_consumer_poll(state_->handle.get(), static_cast<int>(until - now)));
    if (!message || message->err == RD_KAFKA_RESP_ERR__TRANSPORT || message->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
      continue;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      outcome = Failure(Errc::undecodable, rd_kafka_message_errstr(message.get()));
      break;
    }
    if (message->offset >= end) break;
    records.emplace_back(message.release());
    if (records.size() >= count || records.back().offset() + 1 >= end) break;
  }
  rd_kafka_assign(state_->handle.get(), nullptr);
  if (!outcome) return outcome.error();
  if (records.empty()) return Failure(Errc::broker_away, "no record within " + std::to_string(timeout_ms) + " ms");
  return records;
}

}  // namespace acq::kafka
