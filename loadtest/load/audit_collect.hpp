// After a load: waits until all that was accepted is final and called back, gathers the evidence, audits it.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "loadtest/load/audit.hpp"
#include "loadtest/load/event_feed.hpp"
#include "loadtest/load/histogram.hpp"
#include "loadtest/load/merchant.hpp"
#include "loadtest/load/open_loop.hpp"
#include "loadtest/load/witnesses.hpp"

namespace acq::load {

class AuditCollector {
 public:
  /// All outlive it; `orders` is the load's own record, the n-th made by `mix`.
  AuditCollector(const OrderMix& mix, const std::vector<SentOrder>& orders, Merchant& merchant, Witnesses& witnesses,
                 EventFeed& feed);

  /// Differences that waiting may mend are looked at again until `drain_ms` is over. A witness that stays away until
  /// then is a Failure: an audit without evidence proves nothing. `tick` gets the number still waited for.
  boost::asio::awaitable<Result<AuditResult>> run(std::int64_t drain_ms, std::function<void(std::size_t)> tick);

  /// Accepted -> first verified callback of a final state, of the orders seen by run(); own receiver only.
  const Histogram& callback_latency() const noexcept { return callback_latency_; }

 private:
  boost::asio::awaitable<void> wait_for_callbacks(std::int64_t deadline_us,
                                                  const std::function<void(std::size_t)>& tick);
  boost::asio::awaitable<Result<Evidence>> gather();
  boost::asio::awaitable<Result<void>> find_unresolved(Evidence& evidence);
  boost::asio::awaitable<void> find_one(AuditOrder& order, std::string& trouble);
  boost::asio::awaitable<Result<void>> read_charges(Evidence& evidence);
  boost::asio::awaitable<void> read_charge(Evidence& evidence, std::size_t n, std::string& trouble);
  AuditOrder order_of(std::size_t n) const;
  void note_ids_of_events(Evidence& evidence) const;

  const OrderMix& mix_;
  const std::vector<SentOrder>& orders_;
  Merchant& merchant_;
  Witnesses& witnesses_;
  EventFeed& feed_;
  Histogram callback_latency_;
};

}  // namespace acq::load
