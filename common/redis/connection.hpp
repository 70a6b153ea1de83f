// One Redis connection on a single-threaded io_context: pipelined commands with a deadline, reconnecting by itself.
// Redis is never the truth of anything, so every failure is the same answer: cache_away, soon, and the caller goes on.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/error/result.hpp"
#include "common/redis/reply.hpp"

namespace acq::redis {

/// A Lua script by its text; compared by address, so scripts are constants (scripts.cpp has all of them).
struct Script {
  std::string_view text;
};

struct ConnectionOptions {
  std::string socket;  ///< path of the unix socket; hiredis 0.14 has no TLS
  /// Called on the io_context after each (re)connection, before any waiting command is sent. What was written while
  /// away is lost, and the server may be another one: P25's epoch and "whole since" (P7) hang on it.
  std::function<void()> on_connected;
  /// Called when an established connection is lost.
  std::function<void()> on_lost;
};

/// All members are called on the io_context's thread, except where noted. Commands are answered in order.
class Connection {
 public:
  Connection(boost::asio::io_context& context, ConnectionOptions options);
  ~Connection();  ///< stop()
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Begins to connect; goes on trying for ever with backoff.
  void start();
  /// Everything waiting is answered cache_away; no reconnection.
  void stop();

  /// Binary safe. Errc::cache_away: not connected (at once), too many pending, no answer within
  /// limits::redis_timeout_ms (it may still be carried out), or an error reply (its text is the detail).
  boost::asio::awaitable<Result<Reply>> command(std::vector<std::string> args);
  /// EVALSHA, falling back to EVAL where the server does not have the script.
  boost::asio::awaitable<Result<Reply>> eval(const Script& script, std::vector<std::string> keys,
                                             std::vector<std::string> args);

  /// The same without an answer; dropped when not connected.
  void command_and_forget(std::vector<std::string> args);
  void eval_and_forget(const Script& script, std::vector<std::string> keys, std::vector<std::string> args);

  /// Any thread.
  bool connected() const noexcept;
  /// Unix milliseconds of the last (re)connection; 0 when not connected. Any thread.
  std::int64_t connected_since_ms() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace acq::redis
