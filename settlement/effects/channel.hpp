// The channel as settlement sees it: charge once under a request id, or ask what became of it. Adapters map requests
// and answers, nothing else; what an answer means is the state machine's.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "common/domain/outcomes.hpp"
#include "common/domain/payment.hpp"

namespace acq::settlement {

class Channel {
 public:
  virtual ~Channel() = default;
  /// Never fails: what cannot be known is `unanswered`. Within limits::channel_timeout_ms. Payments by value: a call
  /// outlives whoever asked for it.
  virtual boost::asio::awaitable<ChannelAnswer> charge(Payment payment) = 0;
  virtual boost::asio::awaitable<ChannelAnswer> query(Payment payment) = 0;
};

}  // namespace acq::settlement
