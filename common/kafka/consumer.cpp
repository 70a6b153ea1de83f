#include "common/kafka/consumer.hpp"

#include <utility>

#include "common/kafka/handles.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::kafka {
namespace {

rd_kafka_message_t* message_of(void* opaque) {
  return static_cast<rd_kafka_message_t*>(opaque);
}

ConfHandle reader_conf(const std::string& brokers) {
  auto conf = base_conf(brokers);
  set(conf.get(), "auto.offset.reset", "error");
  set(conf.get(), "enable.auto.commit", "false");
  set(conf.get(), "enable.auto.offset.store", "false");
  set(conf.get(), "check.crcs", "true");
  set(conf.get(), "fetch.wait.max.ms", "100");
  // Above a second's traffic: 2.0.2 stops fetching for a second once its queue is full.
  set(conf.get(), "queued.min.messages", "50000");
  set(conf.get(), "queued.max.messages.kbytes", "65536");
  return conf;
}

}  // namespace

void Record::Free::operator()(void* message) const {
  rd_kafka_message_destroy(message_of(message));
}

Record::Record(void* message)
    : message_(message),
      partition_(message_of(message)->partition),
      offset_(message_of(message)->offset),
      append_ms_(rd_kafka_message_timestamp(message_of(message), nullptr)),
      key_(static_cast<const char*>(message_of(message)->key), message_of(message)->key_len),
      value_(static_cast<const char*>(message_of(message)->payload), message_of(message)->len) {}

struct Consumer::State {
  ConsumerOptions options;
  ConsumerEvents events;
  KafkaHandle handle;
  QueueHandle queue;
  std::vector<std::int32_t> assigned;

  void assign(std::span<const Position> positions) {
    const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
    for (const auto& one : positions) {
      rd_kafka_topic_partition_list_add(list.get(), options.topic.c_str(), one.partition)->offset = one.next_offset;
    }
    rd_kafka_assign(handle.get(), list.get());
  }

  void rebalance(rd_kafka_resp_err_t act, const rd_kafka_topic_partition_list_t* list) {
    std::vector<std::int32_t> partitions;
    for (int i = 0; i < list->cnt; ++i) partitions.push_back(list->elems[i].partition);
    if (act == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      assigned = partitions;
      assign(events.assigned(partitions));
      return;
    }
    assigned.clear();
    events.revoked(partitions, rd_kafka_assignment_lost(handle.get()) != 0);
    rd_kafka_assign(handle.get(), nullptr);
  }
};

Consumer::Consumer(ConsumerOptions options, ConsumerEvents events) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  state_->events = std::move(events);
  auto conf = reader_conf(state_->options.brokers);
  set(conf.get(), "group.id", state_->options.group);
  set(conf.get(), "partition.assignment.strategy", "range");  // 2.0.2 loses assignments with cooperative-sticky
  set(conf.get(), "session.timeout.ms", "6000");
  set(conf.get(), "heartbeat.interval.ms", "1000");
  rd_kafka_conf_set_opaque(conf.get(), state_.get());
  rd_kafka_conf_set_rebalance_cb(
      conf.get(), [](rd_kafka_t*, rd_kafka_resp_err_t act, rd_kafka_topic_partition_list_t* list, void* opaque) {
        static_cast<State*>(opaque)->rebalance(act, list);
      });
  state_->handle = make_handle(RD_KAFKA_CONSUMER, std::move(conf));
  rd_kafka_poll_set_consumer(state_->handle.get());
  state_->queue.reset(rd_kafka_queue_get_consumer(state_->handle.get()));
  const PartitionList topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), state_->options.topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto error = rd_kafka_subscribe(state_->handle.get(), topics.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw StartError(
        3, "Kafka does not take the subscription to " + state_->options.topic + ": " + rd_kafka_err2str(error));
  }
}

Consumer::~Consumer() {
  rd_kafka_consumer_close(state_->handle.get());
  state_->queue.reset();
}

std::optional<Record> Consumer::poll(std::uint32_t timeout_ms) {
  MessageHandle message(rd_kafka_consumer_poll(state_->handle.get(), static_cast<int>(timeout_ms)));
  if (!message) return std::nullopt;
  switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return Record(message.release());
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      state_->events.out_of_range(message->partition);
      return std::nullopt;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      if (state_->events.broker_lost) state_->events.broker_lost();
      [[fallthrough]];
    default:
      runtime::log_warning("kafka_consumer_error", {{"code", rd_kafka_err2name(message->err)},
                                                    {"reason", rd_kafka_message_errstr(message.get())},
                                                    {"partition", message->partition}});
      return std::nullopt;
  }
}

void Consumer::wake() {
  rd_kafka_queue_yield(state_->queue.get());
}

void Consumer::restart(std::span<const Position> positions) {
  state_->assign(positions);
}

void Consumer::commit_hint(std::int32_t partition, std::int64_t next_offset) {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), state_->options.topic.c_str(), partition)->offset = next_offset;
  rd_kafka_commit(state_->handle.get(), list.get(), 1);
}

struct LogReader::State {
  std::string topic;
  KafkaHandle handle;
};

LogReader::LogReader(const std::string& brokers, std::string topic) : state_(std::make_unique<State>()) {
  state_->topic = std::move(topic);
  auto conf = reader_conf(brokers);
  set(conf.get(), "group.id", "acq-log-reader");  // asked for by the library; nothing is ever committed under it
  state_->handle = make_handle(RD_KAFKA_CONSUMER, std::move(conf));
  rd_kafka_poll_set_consumer(state_->handle.get());
}

LogReader::~LogReader() {
  rd_kafka_consumer_close(state_->handle.get());
}

Result<LogBounds> LogReader::bounds(std::int32_t partition, std::uint32_t timeout_ms) {
  auto first = offset_of(state_->handle.get(), state_->topic, partition, RD_KAFKA_OFFSET_BEGINNING, timeout_ms);
  if (!first) return first.error();
  auto end = offset_of(state_->handle.get(), state_->topic, partition, RD_KAFKA_OFFSET_END, timeout_ms);
  if (!end) return end.error();
  return LogBounds{*first, *end};
}

Result<Record> LogReader::read(std::int32_t partition, std::int64_t offset, std::uint32_t timeout_ms) {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), state_->topic.c_str(), partition)->offset = offset;
  rd_kafka_assign(state_->handle.get(), list.get());
  const auto end = runtime::steady_ms() + timeout_ms;
  Result<Record> result = Failure(Errc::broker_away, "no record within " + std::to_string(timeout_ms) + " ms");
  for (auto now = runtime::steady_ms(); now < end; now = runtime::steady_ms()) {
    MessageHandle message(rd_kafka_consumer_poll(state_->handle.get(), static_cast<int>(end - now)));
    if (!message || message->err == RD_KAFKA_RESP_ERR__TRANSPORT || message->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
      continue;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      result = Failure(Errc::undecodable, rd_kafka_message_errstr(message.get()));
    } else if (message->offset != offset) {
      result = Failure(Errc::undecodable, "offset " + std::to_string(message->offset) + " came first");
    } else {
      result = Record(message.release());
    }
    break;
  }
  rd_kafka_assign(state_->handle.get(), nullptr);
  return result;
}

Result<void> LogReader::scan(std::int32_t partition, std::int64_t from, std::int64_t to, std::uint32_t timeout_ms,
                             const std::function<bool(const Record&)>& each) {
  if (from >= to) return {};
  rd_kafka_t* const handle = state_->handle.get();
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), state_->topic.c_str(), partition)->offset = from;
  rd_kafka_assign(handle, list.get());
  Result<void> result;
  auto give_up_at = runtime::steady_ms() + timeout_ms;
  for (bool first = true;;) {
    const auto left = give_up_at - runtime::steady_ms();
    if (left <= 0) {
      result = Failure(Errc::broker_away, "no record within " + std::to_string(timeout_ms) + " ms");
      break;
    }
    MessageHandle message(rd_kafka_consumer_poll(handle, static_cast<int>(left)));
    if (!message || message->err == RD_KAFKA_RESP_ERR__TRANSPORT || message->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
      continue;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      result = Failure(Errc::undecodable, rd_kafka_message_errstr(message.get()));
      break;
    }
    if (std::exchange(first, false) && message->offset != from) {
      result = Failure(Errc::undecodable, "offset " + std::to_string(message->offset) + " came first");
      break;
    }
    const Record record(message.release());
    if (record.offset() >= to || !each(record) || record.offset() + 1 >= to) break;
    give_up_at = runtime::steady_ms() + timeout_ms;
  }
  rd_kafka_assign(handle, nullptr);
  return result;
}

}  // namespace acq::kafka
