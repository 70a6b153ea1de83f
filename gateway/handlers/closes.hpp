// The close routes: parse, one call, answer.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string_view>

#include "common/http/message.hpp"
#include "gateway/close_intake.hpp"
#include "gateway/merchant_directory.hpp"
#include "gateway/request_metrics.hpp"

namespace acq::gateway::handlers {

/// A suspended merchant may still close: nothing is taken by it.
class Closes {
 public:
  Closes(CloseIntake& intake, RequestMetrics& metrics) : intake_(intake), metrics_(metrics) {}

  // `request` is the connection's, which outlives the answer.
  boost::asio::awaitable<http::Response> by_id(const http::Request& request, Merchant merchant, std::string_view id,
                                               std::int64_t began_ms);
  boost::asio::awaitable<http::Response> by_number(const http::Request& request, Merchant merchant,
                                                   std::int64_t began_ms);

 private:
  http::Response problem(const Refusal& refusal, const http::Request& request);
  http::Response answered(CloseAnswer answer, const http::Request& request);

  CloseIntake& intake_;
  RequestMetrics& metrics_;
};

}  // namespace acq::gateway::handlers
