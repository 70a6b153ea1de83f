// The payment routes: parse, one call, answer.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string_view>

#include "common/codec/api_json.hpp"
#include "common/http/message.hpp"
#include "gateway/merchant_directory.hpp"
#include "gateway/payment_intake.hpp"
#include "gateway/payment_reader.hpp"
#include "gateway/request_metrics.hpp"

namespace acq::gateway::handlers {

class Payments {
 public:
  Payments(PaymentIntake& intake, PaymentReader& reader, RequestMetrics& metrics, codec::RequestRules rules)
      : intake_(intake), reader_(reader), metrics_(metrics), rules_(rules) {}

  // `request` is the connection's, which outlives the answer.
  boost::asio::awaitable<http::Response> create(const http::Request& request, Merchant merchant, std::int64_t began_ms);
  boost::asio::awaitable<http::Response> by_id(const http::Request& request, Merchant merchant, std::string_view id);
  boost::asio::awaitable<http::Response> by_number(const http::Request& request, Merchant merchant);

 private:
  http::Response problem(const Refusal& refusal, const http::Request& request);
  http::Response shown(Reading reading, const http::Request& request);

  PaymentIntake& intake_;
  PaymentReader& reader_;
  RequestMetrics& metrics_;
  codec::RequestRules rules_;
};

}  // namespace acq::gateway::handlers
