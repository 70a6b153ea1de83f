// Connections of the client, kept per destination, and those who wait for one. Private to common/http; one thread.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/http/client.hpp"

namespace acq::http {

/// One TCP connection, with TLS over it for https.
struct ClientConnection {
  using Tls = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

  explicit ClientConnection(boost::asio::io_context& context) : socket(context) {}

  boost::asio::ip::tcp::socket socket;
  std::unique_ptr<Tls> tls;  ///< refers to socket, so it is declared after it
  std::int64_t idle_since_ms = 0;

  /// Nothing has come since the last answer, not even the peer's close. A peek that does not block.
  bool looks_open();
};

/// Hands out at most connections_per_destination_max connections per destination, first come first served.
class ClientPool : public std::enable_shared_from_this<ClientPool> {
 public:
  ClientPool(boost::asio::io_context& context, const ClientOptions& options);

  /// The right to one connection. Given back when it goes: with its connection if that can be used again.
  class Slot {
   public:
    Slot() = default;  ///< not granted
    Slot(std::shared_ptr<ClientPool> pool, std::string key, std::unique_ptr<ClientConnection> kept)
        : connection(std::move(kept)), pool_(std::move(pool)), key_(std::move(key)) {}
    Slot(Slot&&) noexcept = default;
    Slot& operator=(Slot&&) = delete;
    ~Slot();
    bool granted() const noexcept { return pool_ != nullptr; }

    std::unique_ptr<ClientConnection> connection;  ///< null: open a new one
    bool reusable = false;

   private:
    std::shared_ptr<ClientPool> pool_;
    std::string key_;
  };

  /// A slot of `key`, with a kept connection that looks open or without one; not granted when the deadline passed in
  /// line.
  boost::asio::awaitable<Slot> acquire(std::string key, std::chrono::steady_clock::time_point deadline);
  void close_idle();

 private:
  /// Somebody in line. Lives in the coroutine that waits, and leaves the line when that ends for any reason.
  struct Waiter;
  struct Destination {
    std::size_t open = 0;                                 ///< in use, being opened, or idle
    std::vector<std::unique_ptr<ClientConnection>> idle;  ///< the most recently used is last
    std::deque<Waiter*> waiting;
  };

  std::unique_ptr<ClientConnection> take_idle(Destination& destination);
  void release(const std::string& key, std::unique_ptr<ClientConnection> connection);
  void close_idle_since(std::int64_t time_ms);
  void schedule_sweep();

  boost::asio::io_context& context_;
  const ClientOptions& options_;
  std::map<std::string, Destination> destinations_;
  boost::asio::steady_timer sweeper_;
  bool sweeping_ = false;
};

}  // namespace acq::http
