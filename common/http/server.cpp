// The listener, the connections it owns, and the sweep that ends the slow ones.
#include "common/http/server.hpp"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "common/http/answer_text.hpp"
#include "common/http/server_state.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

constexpr std::chrono::milliseconds sweep_every{250};
constexpr std::chrono::milliseconds accept_backoff{100};
constexpr int backlog = 4096;
/// Connections beyond connections_max that are still told so; more than these are closed without a word.
constexpr std::size_t refusals_max = 128;
constexpr std::size_t spare_workspaces_max = 64;
/// A connection that has not been used yet when the drain begins: its first request is likely on its way.
constexpr std::int64_t fresh_grace_ms = 1'000;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

tcp::endpoint endpoint_of(const std::string& address, std::uint16_t port) {
  error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (error) throw StartError(2, "\"" + address + "\" is not an address to listen on: write one such as 127.0.0.1.");
  return {parsed, port};
}

[[noreturn]] void throw_busy(const std::string& address, std::uint16_t port, const error_code& error) {
  throw StartError(3, "Cannot listen on " + address + " port " + std::to_string(port) + " (" + error.message() +
                          "): see who has it with `ss -ltnp 'sport = :" + std::to_string(port) +
                          "'`, or choose another port.");
}

bool is_shortage(const error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_memory ||
         error == asio::error::no_buffer_space || error == error_code(ENFILE, boost::system::system_category());
}

asio::awaitable<void> accept_connections(std::shared_ptr<ServerState> server) {
  asio::steady_timer pause(server->context);
  bool short_of_descriptors = false;
  while (server->acceptor.is_open()) {
    if (!server->reading) co_await server->hold();
    auto [error, socket] = co_await server->acceptor.async_accept(awaited);
    if (!error) {
      short_of_descriptors = false;
      server->adopt(std::move(socket));
    } else if (is_shortage(error)) {
      // The pending connection stays in the backlog and the socket readable: without a pause this loop would spin.
      if (!short_of_descriptors) runtime::log_warning("accept_paused", {{"detail", error.message()}});
      short_of_descriptors = true;
      pause.expires_after(accept_backoff);
      co_await pause.async_wait(awaited);
    }
  }
}

}  // namespace

struct Server::State : ServerState {
  using ServerState::ServerState;
};

void Connection::cancel_read(Interrupt why) {
  interrupt = why;
  error_code ignored;
  socket.cancel(ignored);
}

void ServerState::adopt(tcp::socket socket) {
  if (stopped || open.size() >= options.connections_max + refusals_max) return;
  const bool refused = open.size() >= options.connections_max;
  if (refused && options.tls) return;  // telling why would cost a handshake
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  open.emplace_back(std::move(socket));
  connections.add(1);
  const auto connection = std::prev(open.end());
  connection->deadline_ms = runtime::steady_ms() + options.idle_timeout_ms;
  if (draining) {  // it had connected before the listener closed
    connection->deadline_ms = runtime::steady_ms() + fresh_grace_ms;
    schedule_sweep();
  }
  if (refused) {
    connection->refused = Errc::overloaded;
    serve(connection);
  } else {
    park(connection);
  }
}

/// No coroutine, no buffer: a socket, its place in the list, and one wait.
void ServerState::park(Entry connection) {
  give_back(std::move(connection->work));
  connection->phase = Phase::idle;
  connection->socket.async_wait(tcp::socket::wait_read,
                                [self = shared_from_this(), connection](const error_code& error) {
                                  connection->interrupt = Interrupt::none;
                                  if (error) {
                                    self->forget(connection);
                                  } else {
                                    self->serve(connection);
                                  }
                                });
}

void ServerState::serve(Entry connection) {
  ++working;
  if (spare_.empty()) {
    connection->work = std::make_unique<Workspace>();
  } else {
    connection->work = std::move(spare_.back());
    spare_.pop_back();
  }
  asio::co_spawn(context, serve_connection(shared_from_this(), *connection),
                 [self = shared_from_this(), connection](const std::exception_ptr& failure, After after) {
                   try {
                     if (failure) std::rethrow_exception(failure);
                   } catch (const std::exception& error) {
                     runtime::log_error("connection_failed", {{"detail", error.what()}});
                     after = After::close;
                   }
                   if (after == After::park && !self->draining) {
                     self->park(connection);
                   } else {
                     self->forget(connection);
                   }
                 });
}

void ServerState::give_back(std::unique_ptr<Workspace> work) {
  if (!work) return;
  --working;
  if (spare_.size() >= spare_workspaces_max) return;
  work->received = 0;
  work->release_large_buffers();
  spare_.push_back(std::move(work));
}

void ServerState::forget(Entry connection) {
  give_back(std::move(connection->work));
  open.erase(connection);
  connections.subtract(1);
  if (draining && open.empty()) sweeper.cancel();
}

void ServerState::schedule_sweep() {
  sweeper.expires_after(sweep_every);
  sweeper.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || (self->draining && self->open.empty())) return;
    self->sweep();
    self->schedule_sweep();
  });
}

void ServerState::sweep() {
  const auto now = runtime::steady_ms();
  const auto silent_until = now + options.idle_timeout_ms - options.park_after_ms;
  error_code ignored;
  for (auto& connection : open) {
    switch (connection.phase) {
      case Phase::handling:
        break;
      case Phase::idle:
        if (now >= connection.deadline_ms) {
          connection.cancel_read(Interrupt::timeout);
        } else if (connection.work && !options.tls && connection.deadline_ms <= silent_until) {
          connection.cancel_read(Interrupt::park);
        }
        break;
      case Phase::head:
      case Phase::body:
        if (now >= connection.deadline_ms) connection.cancel_read(Interrupt::timeout);
        break;
      case Phase::handshake:
      case Phase::writing:
      case Phase::lingering:
        if (now >= connection.deadline_ms) connection.socket.close(ignored);
        break;
    }
  }
}

asio::awaitable<void> ServerState::hold() {
  asio::steady_timer turn(context, asio::steady_timer::time_point::max());
  held.push_back(&turn);
  co_await turn.async_wait(awaited);
}

void ServerState::release(std::size_t count) {
  for (; count > 0 && !held.empty(); --count) {
    held.front()->cancel();
    held.pop_front();
  }
}

/// Those who have connected already would be reset by the listener's end.
void ServerState::take_backlog() {
  error_code error;
  acceptor.non_blocking(true, error);
  while (!error) {
    tcp::socket socket = acceptor.accept(error);
    if (!error) adopt(std::move(socket));
  }
}

void ServerState::drain() {
  if (draining) return;
  leaving = draining = reading = true;
  release(held.size());
  error_code ignored;
  if (acceptor.is_open()) take_backlog();
  acceptor.close(ignored);
  const auto fresh_until = runtime::steady_ms() + fresh_grace_ms;
  for (auto& connection : open) {
    // Bytes that have come are a request that deserves its answer.
    if (connection.phase != Phase::idle || connection.socket.available(ignored) > 0) continue;
    if (connection.used) {
      connection.cancel_read(Interrupt::drain);
    } else {
      connection.deadline_ms = std::min(connection.deadline_ms, fresh_until);
    }
  }
  if (open.empty()) sweeper.cancel();
}

std::string_view ServerState::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    date_ = http_date(now);
  }
  return date_;
}

Server::Server(asio::io_context& context, ServerOptions options, Handler handler, ErrorAnswer error_answer)
    : state_(std::make_shared<State>(context, std::move(options), std::move(handler), std::move(error_answer))) {
  const auto endpoint = endpoint_of(state_->options.address, state_->options.port);
  error_code error;
  auto& acceptor = state_->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && state_->options.reuse_port) acceptor.set_option(ReusePort(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(backlog, error);
  if (error) throw_busy(state_->options.address, state_->options.port, error);
  state_->options.port = acceptor.local_endpoint().port();
  asio::co_spawn(context, accept_connections(state_), asio::detached);
  state_->schedule_sweep();
}

Server::~Server() {
  state_->stopped = true;
  state_->drain();
  error_code ignored;
  for (auto& connection : state_->open) connection.socket.close(ignored);
  state_->sweeper.cancel();
}

std::uint16_t Server::port() const noexcept {
  return state_->options.port;
}
void Server::use_tls(TlsContext tls) {
  state_->options.tls = std::move(tls);
}
void Server::announce_drain() {
  state_->leaving = true;
}
void Server::drain() {
  state_->drain();
}
std::size_t Server::in_flight() const noexcept {
  return state_->in_flight.get();
}
std::size_t Server::connections() const noexcept {
  return state_->connections.get();
}

void Server::pause_reading() {
  state_->reading = state_->draining;
}
void Server::release(std::size_t count) {
  state_->release(count);
}
void Server::resume_reading() {
  state_->reading = true;
  state_->release(state_->held.size());
}
bool Server::reading() const noexcept {
  return state_->reading;
}
std::size_t Server::held() const noexcept {
  return state_->held.size();
}

void probe_port_free(const std::string& address, std::uint16_t port) {
  asio::io_context context;
  tcp::acceptor probe(context);
  const auto endpoint = endpoint_of(address, port);
  error_code error;
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(tcp::acceptor::reuse_address(true), error);  // old connections may linger; listeners not
  if (!error) probe.bind(endpoint, error);
  if (error) throw_busy(address, port, error);
}

}  // namespace acq::http
