// The newest state of payments in Redis, for reads. A convenience: an entry counts only under its partition's epoch
// (P25), and whatever goes wrong here costs a read of MariaDB.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/domain/payment.hpp"
#include "common/redis/connection.hpp"

namespace acq::settlement {

class StateCache {
 public:
  /// On the runner's io_context.
  StateCache(boost::asio::io_context& context, std::string socket);
  void start();
  void stop();

  /// Any thread. Taking over a partition: entries of earlier owners are not believed any more.
  void owned(std::int32_t partition, std::int64_t owner_epoch);
  void lost(std::int32_t partition);
  /// Any thread; after the commit. Dropped while Redis is away (the epoch is raised when it returns). Whoever waits for
  /// a change is woken: the payment's id is published on acq:changed:PARTITION (P25).
  void publish(std::vector<Payment> payments);

 private:
  struct Epoch {
    std::int64_t owner = 0;
    std::int64_t raised = 0;  ///< reconnections and failed writes under this owner
    std::int64_t value() const noexcept { return owner * 1'000'000 + raised; }
  };
  void raise_all();
  void write_epoch(std::int32_t partition, const Epoch& epoch);
  void refresh_later();
  boost::asio::awaitable<void> write(std::int32_t partition, std::string payment_id, std::string value);

  boost::asio::io_context& context_;
  redis::Connection connection_;
  boost::asio::steady_timer timer_;
  bool stopping_ = false;
  std::unordered_map<std::int32_t, Epoch> epochs_;
};

}  // namespace acq::settlement
