// One connection that is not silent: read a request through the gate, have it handled, answer from one buffer, again;
// over a plain socket, which costs nothing extra, or over TLS.
#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <utility>

#include "common/crypto/bytes.hpp"
#include "common/http/answer_text.hpp"
#include "common/http/framing.hpp"
#include "common/http/request_reader.hpp"
#include "common/http/server_state.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket&>;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t first_buffer_bytes = 1024;
/// An idle connection keeps no more than this per buffer.
constexpr std::size_t kept_buffer_bytes_max = 4096;
constexpr std::uint32_t linger_ms = 1'000;
constexpr std::size_t linger_bytes_max = 256 * 1024;
constexpr std::string_view continue_answer = "HTTP/1.1 100 Continue\r\n\r\n";

void renew_request_id(std::string& id) {
  id.clear();
  fmt::format_to(std::back_inserter(id), "req_{:016x}", crypto::random_word());
}

/// The deadline of a phase starts when the phase does, not with each byte: a slow sender gains nothing.
void enter_reading_phase(const ServerState& server, Connection& connection, const RequestReader& reader) {
  const auto enter = [&connection](Phase phase, std::uint32_t timeout_ms) {
    if (connection.phase != phase) connection.enter(phase, runtime::steady_ms() + timeout_ms);
  };
  if (connection.work->received == 0)
    enter(Phase::idle, server.options.idle_timeout_ms);
  else if (!reader.head_complete())
    enter(Phase::head, server.options.header_timeout_ms);
  else
    enter(Phase::body, server.options.body_timeout_ms);
}

/// Reads on, and answers nothing, until the peer has closed or `timeout_ms` have passed.
asio::awaitable<void> read_off(Connection& connection, std::uint32_t timeout_ms) {
  connection.enter(Phase::lingering, runtime::steady_ms() + timeout_ms);
  Workspace& work = *connection.work;
  work.received = 0;
  work.make_room(first_buffer_bytes);
  for (std::size_t total = 0; total < linger_bytes_max;) {
    const auto [error, count] = co_await connection.socket.async_read_some(asio::buffer(work.in), awaited);
    if (error) co_return;
    total += count;
  }
}

/// True when the gate refused; `refusal` is its answer.
bool refused_by_gate(const ServerState& server, Workspace& work, const RequestReader& reader, Response& refusal) {
  const auto line = request_line_of(work.bytes().substr(0, reader.head_bytes()));
  work.request.method = line.method;
  auto answer =
      server.options.head_gate({line.method, line.target.substr(0, line.target.find('?')), work.request.request_id});
  if (answer) refusal = std::move(*answer);
  return answer.has_value();
}

/// Reads the rest of a body that nobody wants, so that the next request can follow. False: the peer went, or was slow.
template <class Stream>
asio::awaitable<bool> skip_body(const ServerState& server, Connection& connection, Stream& stream,
                                std::size_t missing) {
  connection.enter(Phase::body, runtime::steady_ms() + server.options.body_timeout_ms);
  Workspace& work = *connection.work;
  work.make_room(first_buffer_bytes);
  while (missing > 0) {
    const auto room = asio::buffer(work.in.data(), std::min(missing, work.in.size()));
    const auto [error, count] = co_await stream.async_read_some(room, awaited);
    if (error || connection.interrupt != Interrupt::none) co_return false;
    missing -= count;
  }
  co_return true;
}

/// After the answer, so that bytes of the peer's that we did not read cannot turn into a reset that overtakes it.
asio::awaitable<void> linger(Connection& connection) {
  boost::system::error_code ignored;
  connection.socket.shutdown(asio::socket_base::shutdown_send, ignored);
  co_await read_off(connection, linger_ms);
}

asio::awaitable<void> part(Connection& connection, tcp::socket&) {
  return linger(connection);
}
asio::awaitable<void> part(Connection& connection, TlsStream& stream) {
  connection.enter(Phase::lingering, runtime::steady_ms() + linger_ms);
  co_await stream.async_shutdown(awaited);
  co_await linger(connection);
}

/// The loop is one coroutine on purpose: nested ones would cost a frame each per request.
template <class Stream>
asio::awaitable<After> serve_requests(std::shared_ptr<ServerState> server, Connection& connection, Stream& stream) {
  Workspace& work = *connection.work;
  work.request.descriptor = connection.socket.native_handle();
  while (true) {
    RequestReader reader(server->options.body_bytes_max, static_cast<bool>(server->options.head_gate));
    renew_request_id(work.request.request_id);
    Response response;
    bool early = false;  // refused from the head alone
    ReadStep step = connection.refused ? ReadStep::refused : ReadStep::need_more;
    Errc refusal = connection.refused.value_or(Errc::bad_framing);
    while (step != ReadStep::refused) {
      if (!server->reading && work.received != 0 && !reader.head_complete()) {
        connection.enter(Phase::handling, 0);  // it waits for us, so its time limits stand still
        co_await server->hold();
      }
      step = reader.advance(work.bytes(), work.request);
      refusal = reader.refusal();
      if (step == ReadStep::ready || step == ReadStep::refused) break;
      if (step == ReadStep::head_complete) {
        early = refused_by_gate(*server, work, reader, response);
        if (early) break;
        continue;
      }
      enter_reading_phase(*server, connection, reader);
      if (step == ReadStep::say_continue) {
        const auto [error, count] = co_await asio::async_write(stream, asio::buffer(continue_answer), awaited);
        if (error) co_return After::close;
      }
      work.make_room(reader.wanted());
      const auto room = asio::buffer(work.in.data() + work.received, work.in.size() - work.received);
      const auto [error, count] = co_await stream.async_read_some(room, awaited);
      work.received += count;
      const Interrupt why = std::exchange(connection.interrupt, Interrupt::none);
      if (!error) continue;
      if (work.received == 0) co_return why == Interrupt::park ? After::park : After::close;
      if (why != Interrupt::timeout) co_return After::close;
      step = ReadStep::refused;
      refusal = Errc::request_timeout;
    }

    server->in_flight.add(1);
    connection.enter(Phase::handling, 0);
    bool failed = false;
    if (step == ReadStep::ready) {
      try {
        response = co_await server->handler(work.request);
      } catch (const std::exception& error) {
        failed = true;
        runtime::log_error("handler_failed", {{"request_id", work.request.request_id}, {"detail", error.what()}});
      }
      if (failed) response = server->error_answer(Errc::internal, work.request.request_id);
    } else if (!early) {
      response = server->error_answer(refusal, work.request.request_id);
    }

    if (response.status == 0) {  // a simulated peer that stays silent
      server->in_flight.subtract(1);
      if (!response.close && !server->draining) co_await read_off(connection, server->options.idle_timeout_ms);
      co_return After::close;
    }
    const std::size_t whole = reader.consumed();
    const bool body_may_not_come = early && reader.awaits_continue() && work.received < whole;
    const bool close =
        step == ReadStep::refused || body_may_not_come || !reader.keep_alive() || response.close || server->leaving;
    const bool head_only = step != ReadStep::refused && work.request.method == "HEAD";
    write_answer(
        work.out, response,
        {.date = server->date(), .request_id = work.request.request_id, .close = close, .head_only = head_only});
    connection.enter(Phase::writing, runtime::steady_ms() + server->options.idle_timeout_ms);
    const auto [error, count] = co_await asio::async_write(stream, asio::buffer(work.out), awaited);
    server->in_flight.subtract(1);
    connection.used = true;
    if (error) co_return After::close;
    if (close) {
      co_await part(connection, stream);
      co_return After::close;
    }
    if (work.received < whole) {  // of a request that was refused from its head
      const bool skipped = co_await skip_body(*server, connection, stream, whole - work.received);
      if (!skipped) co_return After::close;
      work.received = 0;
    } else {
      work.consume(whole);
    }
    if (server->draining && work.received == 0) co_return After::close;
    work.release_large_buffers();
    if (work.received == 0 && server->crowded()) {
      connection.enter(Phase::idle, runtime::steady_ms() + server->options.idle_timeout_ms);
      co_return After::park;
    }
  }
}

/// The first byte of a TLS record of a handshake; anything else on a TLS port is a client that does not speak it.
bool begins_handshake(tcp::socket& socket) {
  unsigned char first = 0;
  boost::system::error_code error;
  if (socket.available(error) == 0) return true;  // the handshake says so; a blocking look would wait
  const auto count = socket.receive(asio::buffer(&first, 1), tcp::socket::message_peek, error);
  constexpr unsigned char handshake_record = 22;
  return error || count == 0 || first == handshake_record;
}

asio::awaitable<After> serve_tls(std::shared_ptr<ServerState> server, Connection& connection) {
  connection.enter(Phase::handshake, runtime::steady_ms() + server->options.header_timeout_ms);
  const TlsContext tls = server->options.tls;
  TlsStream stream(connection.socket, *tls);
  const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, awaited);
  if (error) co_return After::close;
  const After after = co_await serve_requests(std::move(server), connection, stream);
  co_return after;
}

}  // namespace

void Workspace::make_room(std::size_t wanted) {
  if (received < in.size()) return;
  in.resize(std::max(std::min(std::max(2 * in.size(), first_buffer_bytes), wanted), received + 1));
}

void Workspace::consume(std::size_t count) {
  received -= count;
  if (received != 0) std::memmove(in.data(), in.data() + count, received);
}

void Workspace::release_large_buffers() {
  if (received == 0 && in.size() > kept_buffer_bytes_max) in = {};
  if (out.capacity() > kept_buffer_bytes_max) out = {};
}

asio::awaitable<After> serve_connection(std::shared_ptr<ServerState> server, Connection& connection) {
  if (server->options.tls && begins_handshake(connection.socket)) return serve_tls(std::move(server), connection);
  if (server->options.tls) connection.refused = Errc::bad_framing;  // in plain text, so that it can be read
  auto& socket = connection.socket;
  return serve_requests(std::move(server), connection, socket);
}

}  // namespace acq::http
