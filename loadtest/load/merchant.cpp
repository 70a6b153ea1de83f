// Signing happens as late as possible, so that `created` is the send's time, not the queue's.
#include "loadtest/load/merchant.hpp"

#include "common/http/message_signature.hpp"
#include "common/runtime/clock.hpp"

namespace acq::load {

namespace asio = boost::asio;

asio::awaitable<Result<http::ClientAnswer>> Merchant::create(std::string body) {
  return send("POST", "/v1/payments", {}, std::move(body));
}

asio::awaitable<Result<http::ClientAnswer>> Merchant::get(const PaymentId& id) {
  return send("GET", "/v1/payments/" + id.text(), {}, {});
}

asio::awaitable<Result<http::ClientAnswer>> Merchant::get_by_number(std::string merchant_order_id) {
  return send("GET", "/v1/payments", "merchant_order_id=" + merchant_order_id, {});
}

asio::awaitable<Result<http::ClientAnswer>> Merchant::send(std::string method, std::string path, std::string query,
                                                           std::string body) {
  http::ClientRequest request;
  request.headers =
      http::sign_request(method, path, query, body, environment_.key_id, environment_.key, runtime::unix_ms() / 1000);
  request.method = std::move(method);
  request.url = environment_.gateway_url + path;
  if (!query.empty()) request.url += "?" + query;
  request.body = std::move(body);
  request.timeout_ms = timeout_ms_;
  co_return co_await client_.send(std::move(request));
}

}  // namespace acq::load
