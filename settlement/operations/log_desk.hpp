// The operator's hand on the log: reads stretches of it, offers bytes again. Blocking, on the operator port's thread;
// connects when first needed, so that a broker that is away does not take the rest of the port with it.
#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/kafka/consumer.hpp"
#include "common/kafka/producer.hpp"
#include "common/kafka/stretch_reader.hpp"
#include "common/kafka/topic_guard.hpp"
#include "settlement/operations/intent_names.hpp"

namespace acq::settlement::operations {

struct LogOptions {
  std::string brokers;
  std::string topic;
  std::string topics_file;  ///< what the topic's settings must be; for the doctor
};

class LogDesk {
 public:
  explicit LogDesk(LogOptions options) : options_(std::move(options)) {}

  const LogOptions& options() const noexcept { return options_; }
  Result<std::int32_t> partitions();
  Result<kafka::LogBounds> bounds(std::int32_t partition);
  Result<std::vector<kafka::Record>> read(std::int32_t partition, std::int64_t offset, std::int64_t end,
                                          std::size_t count);
  /// The intent id of the record at `offset`; zeros when it is not there or not to be read.
  Result<IntentId> intent_at(std::int32_t partition, std::int64_t offset);
  /// The record at `offset`, if it is on the log and carries this intent; else an empty text.
  Result<std::string> bytes_of(const IntentId& id, std::int32_t partition, std::int64_t offset);
  /// Offers the bytes under their own names. Waits for the log's report, at most offer_wait_ms.
  Result<kafka::Persistence> offer(const IntentNames& names, std::string bytes);
  Result<kafka::TopicId> topic_id();

 private:
  Result<kafka::Producer*> producer();
  kafka::StretchReader& reader();

  LogOptions options_;
  boost::asio::io_context context_{1};  ///< the producer's one core; it must outlive the producer
  std::unique_ptr<kafka::Producer> producer_;
  std::unique_ptr<kafka::StretchReader> stretch_;
  std::unique_ptr<kafka::LogReader> bounds_;
};

}  // namespace acq::settlement::operations
