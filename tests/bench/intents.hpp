// The payments of a run: intents as a gateway would write them, half barcode and half QR, without a callback. Made
// young, because what is older than limits::stale_after_ms when it is applied is asked about first (P20).
#pragma once
#include <array>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "common/domain/intents.hpp"
#include "common/kafka/producer.hpp"
#include "settlement/writer/plan.hpp"

namespace acq::bench {

inline constexpr std::int32_t partitions = 2;

/// Per partition, in the order of the log.
using ByPartition = std::array<std::vector<PaymentRequested>, partitions>;

class IntentMaker {
 public:
  explicit IntentMaker(const MerchantId& merchant) : merchant_(merchant) {}
  /// The next payment: accepted at `accepted_ms`; the id's time may be another one.
  PaymentRequested next(std::int64_t accepted_ms, std::int64_t id_ms);

 private:
  MerchantId merchant_;
  std::int64_t count_ = 0;
};

/// As the writer computes it: SHA-256 over merchant, number and attempt, first half.
settlement::KeyHash key_of(const PaymentRequested& intent);

/// Puts payments on the log. One io_context for all its life: the producer keeps its timers there.
class Filler {
 public:
  Filler(kafka::ProducerOptions options, const MerchantId& merchant)
      : producer_(std::move(options)), maker_(merchant) {}
  /// Waits until the log has `count` new ones; adds them to `made`.
  void fill(std::size_t count, ByPartition& made);

 private:
  boost::asio::io_context context_{1};
  kafka::Producer producer_;
  IntentMaker maker_;
};

}  // namespace acq::bench
