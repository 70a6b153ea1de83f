// What a server and its connections share. Private to common/http; everything here lives on one thread.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <ctime>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/server.hpp"

namespace acq::http {

/// Where a connection is within its request; says what a passed deadline means.
enum class Phase : std::uint8_t {
  idle,       ///< between requests: closed silently
  handshake,  ///< TLS has begun: closed silently
  head,       ///< a head has begun: 408
  body,       ///< a body is missing bytes: 408
  handling,   ///< the handler's own deadlines hold
  writing,    ///< the peer does not read: closed
  lingering,  ///< answered and shut down, reading what is still in flight so that no reset eats the answer
};

/// Why a connection's read was cancelled. A read that ended with bytes all the same outweighs it.
enum class Interrupt : std::uint8_t { none, timeout, park, drain };

/// What serving takes and being silent does not. Borrowed from the server, which keeps a few.
struct Workspace {
  std::string in;  ///< bytes [0, received) have come; grows to what requests need
  std::size_t received = 0;
  std::string out;
  Request request;

  std::string_view bytes() const noexcept { return std::string_view(in).substr(0, received); }
  void make_room(std::size_t wanted);
  /// Drops the first `count` bytes; what was pipelined behind them moves to the front.
  void consume(std::size_t count);
  void release_large_buffers();
};

struct Connection {
  explicit Connection(boost::asio::ip::tcp::socket s) : socket(std::move(s)) {}

  boost::asio::ip::tcp::socket socket;
  std::unique_ptr<Workspace> work;  ///< null: parked
  std::int64_t deadline_ms = 0;
  Phase phase = Phase::idle;
  Interrupt interrupt = Interrupt::none;
  bool used = false;              ///< has had an answer
  std::optional<Errc> refused{};  ///< answered with it before anything is read

  void enter(Phase next, std::int64_t deadline) noexcept {
    phase = next;
    deadline_ms = deadline;
  }
  void cancel_read(Interrupt why);
};

/// Written by one thread, read by any.
class Count {
 public:
  void add(std::size_t amount) noexcept { value_.store(get() + amount, std::memory_order_relaxed); }
  void subtract(std::size_t amount) noexcept { value_.store(get() - amount, std::memory_order_relaxed); }
  std::size_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> value_{0};
};

/// Owned by shared_ptr: a connection may outlive ~Server by the answer it is writing.
struct ServerState : std::enable_shared_from_this<ServerState> {
  ServerState(boost::asio::io_context& c, ServerOptions o, Handler h, ErrorAnswer e)
      : context(c), options(std::move(o)), handler(std::move(h)), error_answer(std::move(e)), acceptor(c), sweeper(c) {}

  using Entry = std::list<Connection>::iterator;

  boost::asio::io_context& context;
  ServerOptions options;
  Handler handler;
  ErrorAnswer error_answer;
  boost::asio::ip::tcp::acceptor acceptor;
  boost::asio::steady_timer sweeper;
  std::list<Connection> open;
  Count connections;
  Count in_flight;
  std::size_t working = 0;                      ///< connections that are not parked
  bool leaving = false;                         ///< answers say Connection: close
  bool draining = false;                        ///< and nobody new is taken
  bool stopped = false;                         ///< the server is gone
  bool reading = true;                          ///< false: everybody waits for his turn before he reads on
  std::deque<boost::asio::steady_timer*> held;  ///< who waits for his turn, in order

  void adopt(boost::asio::ip::tcp::socket socket);
  void schedule_sweep();
  void drain();
  /// Waits in line until release() or the end of the pause.
  boost::asio::awaitable<void> hold();
  void release(std::size_t count);
  /// So many work that one which has nothing to do just now is better parked at once than in a second.
  bool crowded() const noexcept { return working > working_max && !options.tls; }
  /// The Date of this second.
  std::string_view date();

 private:
  void park(Entry connection);
  void serve(Entry connection);
  void forget(Entry connection);
  void sweep();
  void take_backlog();
  void give_back(std::unique_ptr<Workspace> work);

  static constexpr std::size_t working_max = 1'024;
  std::vector<std::unique_ptr<Workspace>> spare_;
  std::time_t date_second_ = 0;
  std::string date_;
};

enum class After : std::uint8_t { close, park };

/// Serves requests until one side closes or the peer is silent. The caller keeps `connection` alive until it ends.
boost::asio::awaitable<After> serve_connection(std::shared_ptr<ServerState> server, Connection& connection);

}  // namespace acq::http
