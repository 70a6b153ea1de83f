#include "common/http/client_connect.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace acq::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t addresses_tried_max = 4;

using Endpoints = std::vector<tcp::endpoint>;

Failure away(const Url& url, std::string_view step, const error_code& error) {
  return {Errc::peer_away, std::string(step) + ' ' + url.host + ": " + error.message()};
}

/// getaddrinfo cannot be cancelled, only left behind: the answer goes to this object, which outlives a waiter that gave
/// up.
struct Resolution {
  explicit Resolution(asio::io_context& context) : resolver(context), arrived(context) {}
  tcp::resolver resolver;
  asio::steady_timer arrived;  ///< cancelled when the answer came, expires at the deadline
  bool done = false;
  error_code error;
  Endpoints endpoints;
};

asio::awaitable<Result<Endpoints>> resolve(asio::io_context& context, const Url& url, Deadline deadline) {
  error_code error;
  const auto literal = asio::ip::make_address(url.host, error);
  const auto port = static_cast<std::uint16_t>(std::stoul(url.port));  // parse_url has checked it
  if (!error) co_return Endpoints{{literal, port}};
  const auto resolution = std::make_shared<Resolution>(context);
  resolution->arrived.expires_at(deadline);
  resolution->resolver.async_resolve(url.host, url.port,
                                     [resolution](const error_code& failed, const tcp::resolver::results_type& found) {
                                       resolution->done = true;
                                       resolution->error = failed;
                                       for (const auto& entry : found) resolution->endpoints.push_back(entry);
                                       resolution->arrived.cancel();
                                     });
  co_await resolution->arrived.async_wait(awaited);
  if (!resolution->done) co_return away(url, "resolve", asio::error::timed_out);
  if (resolution->error) co_return away(url, "resolve", resolution->error);
  co_return std::move(resolution->endpoints);
}

/// A name with one forbidden address among its answers is refused whole: which one we got first is the peer's choice.
Result<void> check_addresses(const Endpoints& endpoints, const AddressRules& rules) {
  for (const auto& endpoint : endpoints) {
    if (!may_call(endpoint.address(), rules)) {
      return Failure(Errc::address_refused, endpoint.address().to_string() + " may not be called");
    }
  }
  return {};
}

asio::awaitable<error_code> connect_one_of(tcp::socket& socket, const Endpoints& endpoints,
                                           const DeadlineWatch& watch) {
  error_code last = asio::error::host_not_found;
  for (std::size_t i = 0; i < std::min(endpoints.size(), addresses_tried_max); ++i) {
    error_code ignored;
    if (watch.passed()) co_return asio::error::timed_out;
    socket.close(ignored);
    const auto [error] = co_await socket.async_connect(endpoints[i], awaited);
    if (watch.passed()) co_return asio::error::timed_out;
    last = error;
    if (!error) {
      socket.set_option(tcp::no_delay(true), ignored);
      break;
    }
  }
  co_return last;
}

asio::awaitable<error_code> handshake(ClientConnection& connection, asio::ssl::context& tls, const Url& url) {
  connection.tls = std::make_unique<ClientConnection::Tls>(connection.socket, tls);
  error_code error;
  asio::ip::make_address(url.host, error);
  const bool is_name = static_cast<bool>(error);
  // SNI carries names only (RFC 6066, 3). The macro would be an old-style cast.
  if (is_name && SSL_ctrl(connection.tls->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                          const_cast<char*>(url.host.c_str())) != 1) {
    co_return asio::error::no_memory;
  }
  connection.tls->set_verify_callback(asio::ssl::host_name_verification(url.host));
  const auto [failed] = co_await connection.tls->async_handshake(asio::ssl::stream_base::client, awaited);
  co_return failed;
}

}  // namespace

DeadlineWatch::DeadlineWatch(asio::io_context& context, tcp::socket& socket, Deadline deadline)
    : shared_(std::make_shared<Shared>(context)) {
  shared_->socket = &socket;
  shared_->timer.expires_at(deadline);
  shared_->timer.async_wait([shared = shared_](const error_code& error) {
    if (error || shared->socket == nullptr) return;
    shared->passed = true;
    error_code ignored;
    shared->socket->close(ignored);
  });
}

DeadlineWatch::~DeadlineWatch() {
  shared_->socket = nullptr;
  shared_->timer.cancel();
}

asio::ssl::context make_tls_context(const std::string& ca_file) {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                  asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  tls.set_verify_mode(asio::ssl::verify_peer);
  error_code error;
  if (ca_file.empty())
    tls.set_default_verify_paths(error);
  else
    tls.load_verify_file(ca_file, error);
  if (error) {
    throw StartError(2, "The certificate authorities in \"" + ca_file + "\" cannot be read (" + error.message() +
                            "): name a PEM file.");
  }
  return tls;
}

asio::awaitable<Result<std::unique_ptr<ClientConnection>>> open_connection(asio::io_context& context,
                                                                           asio::ssl::context& tls, Url url,
                                                                           AddressRules rules, Deadline deadline) {
  const auto endpoints = co_await resolve(context, url, deadline);
  if (!endpoints) co_return endpoints.error();
  if (const auto checked = check_addresses(*endpoints, rules); !checked) co_return checked.error();
  auto connection = std::make_unique<ClientConnection>(context);
  const DeadlineWatch watch(context, connection->socket, deadline);
  const auto connected = co_await connect_one_of(connection->socket, *endpoints, watch);
  if (connected) co_return away(url, "connect to", connected);
  if (url.scheme == "https") {
    const auto shaken = co_await handshake(*connection, tls, url);
    if (shaken) co_return away(url, "TLS with", watch.passed() ? error_code(asio::error::timed_out) : shaken);
  }
  co_return std::move(connection);
}

}  // namespace acq::http
