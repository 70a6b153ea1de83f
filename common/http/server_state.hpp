// What a server and its connections share. Private to common/http; everything here lives on one thread.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <ctime>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "common/http/server.hpp"

namespace acq::http {

/// Where a connection is within its request; says what a passed deadline means.
enum class Phase : std::uint8_t {
  idle,       ///< between requests: closed silently
  head,       ///< a head has begun: 408
  body,       ///< a body is missing bytes: 408
  handling,   ///< the handler's own deadlines hold
  writing,    ///< the peer does not read: closed
  lingering,  ///< answered and shut down, reading what is still in flight so that no reset eats the answer
};

struct Connection {
  explicit Connection(boost::asio::ip::tcp::socket s) : socket(std::move(s)) {}

  boost::asio::ip::tcp::socket socket;
  Phase phase = Phase::idle;
  bool timed_out = false;
  bool refused = false;  ///< over connections_max: answered 503 before anything is read
  std::int64_t deadline_ms = 0;
  std::string in;  ///< bytes [0, received) have come; grows to what requests need and is then kept
  std::size_t received = 0;
  std::string out;
  Request request;  ///< kept for its capacity

  void enter(Phase next, std::int64_t deadline) noexcept {
    phase = next;
    deadline_ms = deadline;
  }
  std::string_view bytes() const noexcept { return std::string_view(in).substr(0, received); }
  void make_room(std::size_t wanted);
  /// Drops the first `count` bytes; what was pipelined behind them moves to the front.
  void consume(std::size_t count);
};

/// Owned by shared_ptr: a connection may outlive ~Server by the answer it is writing.
struct ServerState : std::enable_shared_from_this<ServerState> {
  ServerState(boost::asio::io_context& c, ServerOptions o, Handler h, ErrorAnswer e)
      : context(c), options(std::move(o)), handler(std::move(h)), error_answer(std::move(e)), acceptor(c), sweeper(c) {}

  boost::asio::io_context& context;
  ServerOptions options;
  Handler handler;
  ErrorAnswer error_answer;
  boost::asio::ip::tcp::acceptor acceptor;
  boost::asio::steady_timer sweeper;
  std::list<Connection> open;
  std::size_t in_flight = 0;
  bool draining = false;
  bool reading = true;                          ///< false: everybody waits for his turn before he reads on
  std::deque<boost::asio::steady_timer*> held;  ///< who waits for his turn, in order

  void adopt(boost::asio::ip::tcp::socket socket);
  void schedule_sweep();
  void drain();
  /// Waits in line until release() or the end of the pause.
  boost::asio::awaitable<void> hold();
  void release(std::size_t count);
  /// The Date of this second.
  std::string_view date();

 private:
  void sweep();
  void forget(std::list<Connection>::iterator connection);
  std::time_t date_second_ = 0;
  std::string date_;
};

/// Serves requests until one side closes. The caller keeps `connection` alive until it ends.
boost::asio::awaitable<void> serve_connection(std::shared_ptr<ServerState> server, Connection& connection);

}  // namespace acq::http
