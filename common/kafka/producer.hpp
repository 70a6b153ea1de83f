// The log's producer: idempotent, acks=all, an awaitable send whose answer has three meanings (P4).
// One per process; delivery reports are polled on a thread of its own and posted to their cores in batches.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/error/result.hpp"

namespace acq::kafka {

enum class Persistence : std::uint8_t {
  persisted,
  not_persisted,  ///< certainly not on the log
  possibly,       ///< it may be, or may still come to be
};

struct Report {
  Persistence persistence = Persistence::possibly;
  bool late = false;  ///< the deadline came first: `possibly`, and the real report goes to `on_late`
};

struct ProducerOptions {
  std::string brokers;
  std::string topic;
  std::uint32_t message_timeout_ms = 30'000;
  std::uint32_t linger_us = 500;
  std::uint32_t hold_ms_max = 1'000;  ///< of the message timeout: held back while others are in flight
};

class Producer {
 public:
  explicit Producer(ProducerOptions options);  ///< StartError (3) when no broker answers
  ~Producer();                                 ///< flush() first; what is left is reported as `possibly`

  /// Partitions of the topic as the broker says; asked once at start.
  std::int32_t partitions() const noexcept;

  /// Owns key and value until the report. Completes on the calling coroutine's executor: with the report, or with
  /// {possibly, late} after `deadline_ms`. After a late answer, `on_late` (if any) is posted to the same executor with
  /// the real report. A full local queue or a dead producer is `not_persisted` at once.
  boost::asio::awaitable<Report> send(std::int32_t partition, std::string key, std::string value,
                                      std::uint32_t deadline_ms, std::function<void(Persistence)> on_late = {});

  /// The oldest message without a report is older than limits::log_away_after_ms: refuse before reserving.
  bool log_is_away() const noexcept;
  std::size_t in_flight() const noexcept;
  /// Waits until nothing is in flight or the time is over; true when nothing is left. Blocking: not on a core.
  bool flush(std::uint32_t timeout_ms);
  /// Last offset + 1 of a partition, asked of the broker now. Blocking: not on a core. Errc::broker_away.
  Result<std::int64_t> log_end(std::int32_t partition, std::uint32_t timeout_ms);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace acq::kafka
