#include "settlement/operations/log_desk.hpp"

#include <boost/asio/co_spawn.hpp>

namespace acq::settlement::operations {
namespace {

constexpr std::uint32_t log_timeout_ms = 5'000;
/// An operator waits longer than a merchant; what is not known by then is told as "possibly".
constexpr std::uint32_t offer_wait_ms = 10'000;

}  // namespace

kafka::StretchReader& LogDesk::reader() {
  if (!stretch_) stretch_ = std::make_unique<kafka::StretchReader>(options_.brokers, options_.topic);
  return *stretch_;
}

Result<kafka::Producer*> LogDesk::producer() {
  if (producer_) return producer_.get();
  try {
    kafka::ProducerOptions options;
    options.brokers = options_.brokers;
    options.topic = options_.topic;
    producer_ = std::make_unique<kafka::Producer>(options);
  } catch (const StartError& error) {
    return Failure(Errc::broker_away, error.what());
  }
  return producer_.get();
}

Result<std::int32_t> LogDesk::partitions() {
  auto made = producer();
  if (!made) return made.error();
  return (*made)->partitions();
}

Result<kafka::LogBounds> LogDesk::bounds(std::int32_t partition) {
  if (!bounds_) bounds_ = std::make_unique<kafka::LogReader>(options_.brokers, options_.topic);
  return bounds_->bounds(partition, log_timeout_ms);
}

Result<std::vector<kafka::Record>> LogDesk::read(std::int32_t partition, std::int64_t offset, std::int64_t end,
                                                 std::size_t count) {
  return reader().read(partition, offset, end, count, log_timeout_ms);
}

Result<IntentId> LogDesk::intent_at(std::int32_t partition, std::int64_t offset) {
  auto log = bounds(partition);
  if (!log) return log.error();
  if (offset < log->first || offset >= log->end) return IntentId{};
  auto records = read(partition, offset, offset + 1, 1);
  if (!records) return records.error();
  const auto names = names_of(records->front().value());
  return names ? names->intent_id : IntentId{};
}

Result<std::string> LogDesk::bytes_of(const IntentId& id, std::int32_t partition, std::int64_t offset) {
  auto log = bounds(partition);
  if (!log) return log.error();
  if (offset < log->first || offset >= log->end) return std::string();
  auto records = read(partition, offset, offset + 1, 1);
  if (!records) return records.error();
  const auto& record = records->front();
  const auto names = names_of(record.value());
  if (!names || names->intent_id != id || record.offset() != offset) return std::string();
  return std::string(record.value());
}

Result<kafka::Persistence> LogDesk::offer(const IntentNames& names, std::string bytes) {
  auto made = producer();
  if (!made) return made.error();
  const auto home = home_of(names.intent_id, (*made)->partitions());
  context_.restart();
  kafka::Report report;
  std::exception_ptr failure;
  bool ended = false;
  boost::asio::co_spawn(context_, (*made)->send(home, names.key, std::move(bytes), offer_wait_ms),
                        [&](std::exception_ptr thrown, kafka::Report got) {
                          failure = std::move(thrown);
                          report = got;
                          ended = true;
                        });
  while (!ended) context_.run_one();
  if (failure) std::rethrow_exception(failure);
  return report.persistence;
}

Result<kafka::TopicId> LogDesk::topic_id() {
  return kafka::read_topic_id(options_.brokers, options_.topic, log_timeout_ms);
}

}  // namespace acq::settlement::operations
