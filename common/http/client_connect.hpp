// From a URL to an open, checked connection. Private to common/http.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "common/http/address_guard.hpp"
#include "common/http/client.hpp"
#include "common/http/client_pool.hpp"

namespace acq::http {

using Deadline = std::chrono::steady_clock::time_point;

/// Closes a socket when a deadline passes: whatever waits on it then ends, whichever step that is. Lets go when
/// destroyed.
class DeadlineWatch {
 public:
  DeadlineWatch(boost::asio::io_context& context, boost::asio::ip::tcp::socket& socket, Deadline deadline);
  DeadlineWatch(const DeadlineWatch&) = delete;
  DeadlineWatch& operator=(const DeadlineWatch&) = delete;
  ~DeadlineWatch();
  bool passed() const noexcept { return shared_->passed; }

 private:
  struct Shared {
    explicit Shared(boost::asio::io_context& context) : timer(context) {}
    boost::asio::steady_timer timer;
    boost::asio::ip::tcp::socket* socket = nullptr;
    bool passed = false;
  };
  std::shared_ptr<Shared> shared_;
};

/// TLS 1.2 and newer, peers verified against `ca_file` or the system's authorities. StartError (2) names a bad file.
boost::asio::ssl::context make_tls_context(const std::string& ca_file);

/// Resolves (a literal address resolves to itself), has every address checked, connects to the first that answers, and
/// for https completes the handshake with the name that the URL has. Errc::peer_away, Errc::address_refused.
boost::asio::awaitable<Result<std::unique_ptr<ClientConnection>>> open_connection(boost::asio::io_context& context,
                                                                                  boost::asio::ssl::context& tls,
                                                                                  Url url, AddressRules rules,
                                                                                  Deadline deadline);

}  // namespace acq::http
