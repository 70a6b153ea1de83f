// The channel's route: a notification is verified, kept in witness and log, and acknowledged (docs/channel.md). Whoever
// gets no 200 comes again.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>

#include "common/crypto/secret.hpp"
#include "common/http/message.hpp"
#include "gateway/offer.hpp"
#include "gateway/request_metrics.hpp"

namespace acq::gateway::handlers {

class Notifications {
 public:
  /// An empty secret: no channel notifies us, the resource is not there.
  Notifications(Offers& offers, RequestMetrics& metrics, const crypto::Secret& secret, std::int32_t partitions)
      : offers_(offers), metrics_(metrics), secret_(secret), partitions_(partitions) {}

  // `request` is the connection's, which outlives the answer.
  boost::asio::awaitable<http::Response> receive(const http::Request& request, std::int64_t began_ms);

 private:
  http::Response problem(Errc code, const http::Request& request);

  Offers& offers_;
  RequestMetrics& metrics_;
  const crypto::Secret& secret_;
  const std::int32_t partitions_;
};

}  // namespace acq::gateway::handlers
