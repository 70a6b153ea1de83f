// Where a load's callbacks can be read: the receiver in this process, or another one by its GET /received.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/runtime/core_pool.hpp"
#include "loadtest/load/receiver.hpp"
#include "loadtest/load/witnesses.hpp"

namespace acq::load {

class EventFeed {
 public:
  virtual ~EventFeed() = default;
  virtual std::string callback_url() const = 0;
  /// Arrival times are this process's own, so latencies may be taken from received_us.
  virtual bool has_arrival_times() const = 0;
  /// Verified events numbered above `after`, in order; those of before this load are never shown.
  virtual boost::asio::awaitable<Result<std::vector<ReceivedEvent>>> after(std::int64_t number) = 0;
};

/// Starts a receiver on a port of its own, with a thread of its own: verifying must not delay the load's clock.
class OwnReceiver : public EventFeed {
 public:
  OwnReceiver(crypto::Secret webhook_key, std::size_t events_max);
  ~OwnReceiver() override;
  std::string callback_url() const override { return receiver_->callback_url(); }
  bool has_arrival_times() const override { return true; }
  boost::asio::awaitable<Result<std::vector<ReceivedEvent>>> after(std::int64_t number) override;

 private:
  boost::asio::awaitable<std::vector<ReceivedEvent>> read(std::int64_t number);

  runtime::CorePool pool_;
  std::unique_ptr<Receiver> receiver_;
};

class ExternalReceiver : public EventFeed {
 public:
  /// What was received before (`first`, from Witnesses::received_count) is another's.
  ExternalReceiver(Witnesses& witnesses, std::string callback_url, std::int64_t first)
      : witnesses_(witnesses), callback_url_(std::move(callback_url)), first_(first) {}
  std::string callback_url() const override { return callback_url_; }
  bool has_arrival_times() const override { return false; }
  boost::asio::awaitable<Result<std::vector<ReceivedEvent>>> after(std::int64_t number) override;

 private:
  Witnesses& witnesses_;
  std::string callback_url_;
  std::int64_t first_;
};

}  // namespace acq::load
