// The adapter for a channel that speaks docs/channel.md over HTTP. It declares: a request id is executed once, and
// never after it was closed (P21).
#pragma once
#include <string>

#include "common/http/client.hpp"
#include "settlement/effects/channel.hpp"
#include "settlement/effects/secret_store.hpp"

namespace acq::settlement {

class ChannelHttp final : public Channel {
 public:
  ChannelHttp(http::Client& client, std::string url, const SecretStore& secrets)
      : client_(client), url_(std::move(url)), secrets_(secrets) {}
  boost::asio::awaitable<ChannelAnswer> charge(Payment payment) override;
  boost::asio::awaitable<ChannelAnswer> query(Payment payment) override;
  boost::asio::awaitable<ChannelAnswer> close(Payment payment) override;
  boost::asio::awaitable<ChannelAnswer> reverse(Payment payment) override;
  boost::asio::awaitable<RefundAnswer> refund(Refund refund) override;
  boost::asio::awaitable<RefundAnswer> query_refund(Refund refund) override;

 private:
  boost::asio::awaitable<ChannelAnswer> end(Payment payment, std::string_view act);

  http::Client& client_;
  const std::string url_;
  const SecretStore& secrets_;
};

}  // namespace acq::settlement
