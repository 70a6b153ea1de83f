// The async HTTP/1.1 server: one listener per io_context, a coroutine per connection, everything of a request on its
// core. Reads through the framing gate, answers from one flat buffer, sweeps deadlines four times a second. A
// connection that is silent is parked: it holds a socket and nothing else until bytes come.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/error/result.hpp"
#include "common/http/head_gate.hpp"
#include "common/http/message.hpp"
#include "common/http/tls.hpp"
#include "common/limits.hpp"

namespace acq::http {

/// Answers one request. Called on the connection's core; must not block. An exception is answered 500 and logged once.
using Handler = std::function<boost::asio::awaitable<Response>(const Request&)>;
/// Turns an error found before any handler (framing, size, timeout) into an answer.
using ErrorAnswer = std::function<Response(Errc, std::string_view request_id)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;   ///< 0: any, see port()
  bool reuse_port = false;  ///< several cores listen on one port; probe_port_free() must have been called before
  std::size_t body_bytes_max = limits::body_bytes_max;
  std::size_t connections_max = limits::connections_per_core_max;
  std::uint32_t header_timeout_ms = limits::header_timeout_ms;
  std::uint32_t body_timeout_ms = limits::body_timeout_ms;
  std::uint32_t idle_timeout_ms = limits::idle_timeout_ms;
  /// Silent for this long: its buffers are given back. Short enough for a crowd, long enough for one request a second.
  std::uint32_t park_after_ms = 1'000;
  TlsContext tls{};      ///< null: plain HTTP
  HeadGate head_gate{};  ///< empty: every request goes to the handler
};

/// Lives on one io_context (single-threaded); all members are called on it, except the constructor before run().
class Server {
 public:
  Server(boost::asio::io_context& context, ServerOptions options, Handler handler, ErrorAnswer error_answer);
  ~Server();
  std::uint16_t port() const noexcept;
  /// For connections made from now on; not for a server that began without TLS.
  void use_tls(TlsContext tls);
  /// Every answer from now on says Connection: close, while new connections are still taken: clients go elsewhere
  /// before anything is closed on them.
  void announce_drain();
  /// No new connections, beyond those that have connected already; idle ones close now, busy ones after their answer.
  void drain();
  /// Requests whose answer is not yet written. Any thread.
  std::size_t in_flight() const noexcept;
  /// Any thread. After drain(), 0 means that every answer has been read or given up.
  std::size_t connections() const noexcept;

  // Back-pressure. While reading is paused nothing is accepted, and a connection that has read the first bytes of a
  // request stands in line before it looks at them or reads on: the rest stays in the kernel, and its sender waits.
  void pause_reading();
  /// Lets the first `count` in the line go on by one request each, while reading stays paused for all others.
  void release(std::size_t count);
  /// Ends the pause and the line.
  void resume_reading();
  bool reading() const noexcept;
  /// How many stand in line.
  std::size_t held() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Binds without SO_REUSEPORT and lets go: throws StartError (3) naming the port when someone else has it. A forgotten
/// process once took half the traffic unseen.
void probe_port_free(const std::string& address, std::uint16_t port);

}  // namespace acq::http
