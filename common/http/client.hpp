// The async HTTP/1.1 client: a keep-alive pool per destination, bounded answers, one deadline per exchange,
// addresses checked before connecting (address_guard), redirects never followed. http and https (OpenSSL, verified).
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error/result.hpp"
#include "common/http/address_guard.hpp"
#include "common/limits.hpp"

namespace acq::http {

struct ClientRequest {
  std::string method = "GET";
  std::string url;                                             ///< absolute; http:// or https://
  std::vector<std::pair<std::string, std::string>> headers{};  ///< Host, Content-Length and Connection are added
  std::string body{};
  std::string content_type = "application/json";  ///< sent when there is a body
  std::uint32_t timeout_ms = 3'000;               ///< the whole exchange: resolve, connect, send, receive
  std::size_t answer_bytes_max = 64 * 1024;
};

struct ClientAnswer {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view header(std::string_view name) const noexcept;  ///< empty when absent
};

struct ClientOptions {
  std::size_t connections_per_destination_max = 128;  ///< further exchanges wait their turn within their deadline
  std::size_t idle_per_destination_max = 128;
  std::uint32_t idle_ms_max = 25'000;  ///< shorter than servers usually keep
  AddressRules addresses{};
  std::string ca_file{};  ///< empty: the system's
};

/// Lives on one single-threaded io_context; send() is called on it. A kept connection that turns out closed before any
/// byte of the answer came is retried once on a new one only when `method` is GET (a POST may have been executed).
class Client {
 public:
  Client(boost::asio::io_context& context, ClientOptions options);
  ~Client();
  /// Errc::peer_away (refused, reset, timeout, unreadable or oversize answer), Errc::address_refused.
  boost::asio::awaitable<Result<ClientAnswer>> send(ClientRequest request);
  /// Closes idle connections; exchanges under way end by their deadline.
  void close_idle();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A blocking exchange for command-line tools; runs its own io_context.
Result<ClientAnswer> send_blocking(const ClientRequest& request, const ClientOptions& options = {});

}  // namespace acq::http
