// The open-loop load: payments leave on a schedule fixed beforehand, whatever the answers, so that a slow gateway shows
// as latency and not as a lower rate. Latency counts from the planned send ("coordinated omission" is Gil Tene's word
// for the alternative). One io_context; at most `connections` requests under way.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include "loadtest/load/histogram.hpp"
#include "loadtest/load/merchant.hpp"
#include "loadtest/load/order_mix.hpp"

namespace acq::load {

struct LoadPlan {
  double rate = 100;  ///< payments a second
  std::size_t payments = 100;
  std::size_t connections = 64;
  std::int64_t retry_for_ms = 30'000;  ///< from the planned send
};

/// What the merchant knows of its n-th payment.
struct SentOrder {
  enum class End : std::uint8_t { open, accepted, refused, unresolved };
  End end = End::open;
  bool may_exist = false;  ///< some try may have got through
  std::int32_t tries = 0;
  PaymentId payment_id;              ///< when accepted
  std::int64_t accepted_us = 0;      ///< steady_us() of the 2xx
  std::vector<PaymentId> other_ids;  ///< told by outcome_unknown
};

struct LoadCounts {
  std::int64_t sent = 0, accepted = 0, retries = 0;
  std::int64_t late = 0;  ///< left more than 100 ms after their time, for want of a connection
  std::map<std::string, std::int64_t> refused_by_code;
  std::map<std::string, std::int64_t> unresolved_by_code;  ///< by what the last try heard
  std::map<std::string, std::int64_t> retried_by_code;
};

class OpenLoop {
 public:
  OpenLoop(Merchant& merchant, const OrderMix& mix, LoadPlan plan);

  /// Returns when every order is accepted, refused or unresolved. `tick` is called some times a second.
  boost::asio::awaitable<void> run(std::function<void()> tick);

  const LoadCounts& counts() const noexcept { return counts_; }
  const std::vector<SentOrder>& orders() const noexcept { return orders_; }
  const Histogram& accept_latency() const noexcept { return accept_latency_; }
  double reached_rate() const noexcept;

 private:
  struct Later {
    std::int64_t due_us;
    std::size_t order;
    friend bool operator>(const Later& a, const Later& b) { return a.due_us > b.due_us; }
  };

  boost::asio::awaitable<void> dispatch(std::function<void()> tick);
  boost::asio::awaitable<void> work();
  boost::asio::awaitable<void> attempt(std::size_t n);
  void end(SentOrder& order, SentOrder::End how);
  std::int64_t planned_us(std::size_t n) const;
  void release_due(std::int64_t now_us);
  void ring_bells();

  Merchant& merchant_;
  const OrderMix& mix_;
  LoadPlan plan_;
  std::vector<SentOrder> orders_;
  LoadCounts counts_;
  Histogram accept_latency_;
  std::int64_t start_us_ = 0;
  std::int64_t last_sent_us_ = 0;
  std::size_t next_ = 0;  ///< first order whose time has not come
  std::size_t ended_ = 0;
  bool stopping_ = false;
  std::deque<std::size_t> ready_;
  std::priority_queue<Later, std::vector<Later>, std::greater<>> later_;
  std::vector<boost::asio::steady_timer*> idle_;  ///< bells of workers that wait for work
};

}  // namespace acq::load
