// The channel as settlement sees it: charge once under a request id, ask what became of it, end it, give money back.
// Adapters map requests and answers, nothing else; what an answer means is the state machine's.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "common/domain/outcomes.hpp"
#include "common/domain/payment.hpp"
#include "common/domain/refund.hpp"

namespace acq::settlement {

class Channel {
 public:
  virtual ~Channel() = default;
  /// Never fails: what cannot be known is `unanswered`. Within limits::channel_timeout_ms. Payments by value: a call
  /// outlives whoever asked for it.
  virtual boost::asio::awaitable<ChannelAnswer> charge(Payment payment) = 0;
  virtual boost::asio::awaitable<ChannelAnswer> query(Payment payment) = 0;
  /// Closes a charge that has not taken money; the answer says how it stands then (P12).
  virtual boost::asio::awaitable<ChannelAnswer> close(Payment payment) = 0;
  /// Gives back what was taken, or closes (P22).
  virtual boost::asio::awaitable<ChannelAnswer> reverse(Payment payment) = 0;
  virtual boost::asio::awaitable<RefundAnswer> refund(Refund refund) = 0;
  virtual boost::asio::awaitable<RefundAnswer> query_refund(Refund refund) = 0;
};

}  // namespace acq::settlement
