// A topic of the test's own, seen and mishandled from outside: records put on it by hand, settings changed, records
// deleted, its end asked for. Made by `acq-settlement create-topic`; deleted at the end of its life.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "common/kafka/consumer.hpp"
#include "common/kafka/handles.hpp"

namespace acq::test {

struct LogRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string key;
  std::string value;
};

class Topic {
 public:
  static constexpr std::int32_t partitions = 2;

  Topic(std::string name, const std::string& folder);  ///< writes a topics file of its own
  ~Topic();
  Topic(const Topic&) = delete;
  Topic& operator=(const Topic&) = delete;

  const std::string& name() const noexcept { return name_; }
  const std::string& topics_file() const noexcept { return topics_file_; }

  /// The next offset of each partition.
  std::vector<std::int64_t> ends();
  std::int64_t records_in_all();
  std::vector<LogRecord> records();
  /// Its offset.
  std::int64_t produce(std::int32_t partition, const std::string& key, const std::string& value);
  /// The one setting as given, every other as the topics file says.
  void change_setting(const std::string& setting, const std::string& value);
  /// What is below `offset` is gone.
  void delete_before(std::int32_t partition, std::int64_t offset);
  /// Gone, with all that was on it, when this returns; `acq-settlement create-topic` makes another under its name.
  void remove();

 private:
  void ask_to_delete();
  kafka::EventHandle answer(std::int64_t within_ms);

  std::string name_;
  std::string topics_file_;
  kafka::KafkaHandle producer_;
  kafka::QueueHandle queue_;
  kafka::LogReader reader_;
};

}  // namespace acq::test
