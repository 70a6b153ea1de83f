// librdkafka's handles with their deleters, and the one way to set a configuration key.
#pragma once
#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

#include "common/error/result.hpp"
#include "common/runtime/log.hpp"

namespace acq::kafka {

struct DestroyKafka {
  void operator()(rd_kafka_t* p) const { rd_kafka_destroy(p); }
};
struct DestroyConf {
  void operator()(rd_kafka_conf_t* p) const { rd_kafka_conf_destroy(p); }
};
struct DestroyTopic {
  void operator()(rd_kafka_topic_t* p) const { rd_kafka_topic_destroy(p); }
};
struct DestroyMessage {
  void operator()(rd_kafka_message_t* p) const { rd_kafka_message_destroy(p); }
};
struct DestroyQueue {
  void operator()(rd_kafka_queue_t* p) const { rd_kafka_queue_destroy(p); }
};
struct DestroyEvent {
  void operator()(rd_kafka_event_t* p) const { rd_kafka_event_destroy(p); }
};
struct DestroyList {
  void operator()(rd_kafka_topic_partition_list_t* p) const { rd_kafka_topic_partition_list_destroy(p); }
};
struct DestroyMetadata {
  void operator()(const rd_kafka_metadata_t* p) const { rd_kafka_metadata_destroy(p); }
};

using KafkaHandle = std::unique_ptr<rd_kafka_t, DestroyKafka>;
using ConfHandle = std::unique_ptr<rd_kafka_conf_t, DestroyConf>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, DestroyTopic>;
using MessageHandle = std::unique_ptr<rd_kafka_message_t, DestroyMessage>;
using QueueHandle = std::unique_ptr<rd_kafka_queue_t, DestroyQueue>;
using EventHandle = std::unique_ptr<rd_kafka_event_t, DestroyEvent>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, DestroyList>;
using MetadataHandle = std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata>;

/// A value that librdkafka does not take is a defect of ours or a wrong setting: StartError (2).
inline void set(rd_kafka_conf_t* conf, const char* key, const std::string& value) {
  char message[256];
  if (rd_kafka_conf_set(conf, key, value.c_str(), message, sizeof message) != RD_KAFKA_CONF_OK) {
    throw StartError(2, std::string("librdkafka refuses ") + key + "=" + value + ": " + message);
  }
}

/// librdkafka's own words, as lines of our log. Called on its threads.
inline void log_from_library(const rd_kafka_t*, int /*level*/, const char* facility, const char* message) {
  runtime::log_warning("kafka_client", {{"facility", facility}, {"reason", message}});
}

/// What every handle of ours sets: where the brokers are, checked record sums, no Nagle delay, no topic made by
/// accident.
inline ConfHandle base_conf(const std::string& brokers) {
  ConfHandle conf(rd_kafka_conf_new());
  set(conf.get(), "bootstrap.servers", brokers);
  set(conf.get(), "client.id", "acq");
  set(conf.get(), "socket.nagle.disable", "true");
  set(conf.get(), "allow.auto.create.topics", "false");
  set(conf.get(), "reconnect.backoff.ms", "50");
  set(conf.get(), "reconnect.backoff.max.ms", "1000");
  set(conf.get(), "log_level", "3");
  rd_kafka_conf_set_log_cb(conf.get(), log_from_library);
  return conf;
}

/// Takes over `conf`. Throws StartError (2).
inline KafkaHandle make_handle(rd_kafka_type_t type, ConfHandle conf) {
  char message[256];
  KafkaHandle handle(rd_kafka_new(type, conf.get(), message, sizeof message));
  if (!handle) throw StartError(2, std::string("librdkafka: ") + message);
  static_cast<void>(conf.release());  // rd_kafka_new owns it once it succeeded
  return handle;
}

/// The oldest (RD_KAFKA_OFFSET_BEGINNING) or next (RD_KAFKA_OFFSET_END) offset of a partition, asked of the broker now.
/// By offsets_for_times, because 2.0.2's query_watermark_offsets ignores its timeout while a broker is paused.
inline Result<std::int64_t> offset_of(rd_kafka_t* handle, const std::string& topic, std::int32_t partition,
                                      std::int64_t which, std::uint32_t timeout_ms) {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = which;
  const auto error = rd_kafka_offsets_for_times(handle, list.get(), static_cast<int>(timeout_ms));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Failure(Errc::broker_away, rd_kafka_err2str(error));
  if (list->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Failure(Errc::broker_away, rd_kafka_err2str(list->elems[0].err));
  }
  return list->elems[0].offset;
}

}  // namespace acq::kafka
