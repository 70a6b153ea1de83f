// The payment routes: parse, one call, answer; held in between where the client prefers to wait (P25).
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "common/codec/api_json.hpp"
#include "common/http/message.hpp"
#include "gateway/holding.hpp"
#include "gateway/merchant_directory.hpp"
#include "gateway/payment_intake.hpp"
#include "gateway/payment_list.hpp"
#include "gateway/payment_reader.hpp"
#include "gateway/request_metrics.hpp"
#include "gateway/waiting.hpp"

namespace acq::gateway::handlers {

class Payments {
 public:
  struct Parts {
    PaymentIntake& intake;
    PaymentReader& reader;
    PaymentList& list;
    Waiting& waiting;
    RequestMetrics& metrics;
    codec::RequestRules rules;
  };
  explicit Payments(Parts parts) : parts_(parts) {}

  // `request` is the connection's, which outlives the answer. `began_ms` is monotonic: a wait counts from there.
  boost::asio::awaitable<http::Response> create(const http::Request& request, Merchant merchant, std::int64_t began_ms);
  boost::asio::awaitable<http::Response> by_id(const http::Request& request, Merchant merchant, std::string_view id,
                                               std::int64_t began_ms);
  /// One by its order number, or a list.
  boost::asio::awaitable<http::Response> by_query(const http::Request& request, Merchant merchant,
                                                  std::int64_t began_ms);

 private:
  /// A place to wait at, and for how long; without a place nobody is held.
  struct Stay {
    std::uint32_t seconds = 0;
    std::unique_ptr<Waiting::Place> place;
  };
  using Read = std::function<boost::asio::awaitable<Reading>()>;

  Stay stay_for(const http::Request& request, std::uint16_t route);
  boost::asio::awaitable<Reading> keep(Created& created, const http::Request& request, Stay& stay, MerchantId merchant,
                                       std::int32_t attempt, std::int64_t began_ms);
  boost::asio::awaitable<http::Response> answer_read(const http::Request& request, std::uint16_t route, Read read,
                                                     std::int64_t began_ms);
  http::Response problem(const Refusal& refusal, const http::Request& request);

  Parts parts_;
};

}  // namespace acq::gateway::handlers
