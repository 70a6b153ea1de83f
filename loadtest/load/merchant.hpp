// A merchant's calls to the gateway: signed (RFC 9421), on one connection pool. Coroutines of one io_context.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>

#include "common/domain/payment.hpp"
#include "common/http/client.hpp"
#include "loadtest/load/environment.hpp"

namespace acq::load {

class Merchant {
 public:
  /// Both outlive the merchant. `timeout_ms` is for each exchange; the gateway's own deadline is shorter.
  Merchant(http::Client& client, const Environment& environment, std::uint32_t timeout_ms = 8'000)
      : client_(client), environment_(environment), timeout_ms_(timeout_ms) {}

  /// POST /v1/payments; the body must stay the same over all tries of an order number.
  boost::asio::awaitable<Result<http::ClientAnswer>> create(std::string body);
  boost::asio::awaitable<Result<http::ClientAnswer>> get(const PaymentId& id);
  boost::asio::awaitable<Result<http::ClientAnswer>> get_by_number(std::string merchant_order_id);

 private:
  boost::asio::awaitable<Result<http::ClientAnswer>> send(std::string method, std::string path, std::string query,
                                                          std::string body);

  http::Client& client_;
  const Environment& environment_;
  std::uint32_t timeout_ms_;
};

}  // namespace acq::load
