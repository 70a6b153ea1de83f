// The refund routes: parse, one call, answer.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string_view>

#include "common/http/message.hpp"
#include "gateway/merchant_directory.hpp"
#include "gateway/refund_intake.hpp"
#include "gateway/refund_reader.hpp"
#include "gateway/request_metrics.hpp"

namespace acq::gateway::handlers {

/// A suspended merchant may read its refunds, and ask for none: they move money.
class Refunds {
 public:
  Refunds(RefundIntake& intake, RefundReader& reader, RequestMetrics& metrics)
      : intake_(intake), reader_(reader), metrics_(metrics) {}

  // `request` is the connection's, which outlives the answer.
  boost::asio::awaitable<http::Response> create(const http::Request& request, Merchant merchant,
                                                std::string_view payment_id, std::int64_t began_ms);
  boost::asio::awaitable<http::Response> of_payment(const http::Request& request, Merchant merchant,
                                                    std::string_view payment_id);
  boost::asio::awaitable<http::Response> by_id(const http::Request& request, Merchant merchant, std::string_view id);
  boost::asio::awaitable<http::Response> by_number(const http::Request& request, Merchant merchant);

 private:
  http::Response problem(const Refusal& refusal, const http::Request& request);
  http::Response shown(const RefundFinding& found, const http::Request& request);

  RefundIntake& intake_;
  RefundReader& reader_;
  RequestMetrics& metrics_;
};

}  // namespace acq::gateway::handlers
