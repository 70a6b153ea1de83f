// One connection: read a request through the gate, have it handled, answer from one buffer, again. The loop is one
// coroutine on purpose: nested ones would cost a frame each per request.
#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

#include "common/crypto/bytes.hpp"
#include "common/http/answer_text.hpp"
#include "common/http/request_reader.hpp"
#include "common/http/server_state.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::http {
namespace {

namespace asio = boost::asio;
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
  if (connection.received == 0)
    enter(Phase::idle, server.options.idle_timeout_ms);
  else if (!reader.head_complete())
    enter(Phase::head, server.options.header_timeout_ms);
  else
    enter(Phase::body, server.options.body_timeout_ms);
}

void release_large_buffers(Connection& connection) {
  if (connection.received == 0 && connection.in.size() > kept_buffer_bytes_max) connection.in = {};
  if (connection.out.capacity() > kept_buffer_bytes_max) connection.out = {};
}

/// Reads on, and answers nothing, until the peer has closed or `timeout_ms` have passed.
asio::awaitable<void> read_off(Connection& connection, std::uint32_t timeout_ms) {
  connection.enter(Phase::lingering, runtime::steady_ms() + timeout_ms);
  connection.received = 0;
  connection.make_room(first_buffer_bytes);
  for (std::size_t total = 0; total < linger_bytes_max;) {
    const auto [error, count] = co_await connection.socket.async_read_some(asio::buffer(connection.in), awaited);
    if (error) co_return;
    total += count;
  }
}

/// True when the gate refused; `refusal` is its answer.
bool refused_by_gate(const ServerState& server, Connection& connection, const RequestReader& reader,
                     Response& refusal) {
  const auto line = request_line_of(connection.bytes().substr(0, reader.head_bytes()));
  connection.request.method = line.method;
  auto answer = server.options.head_gate(
      {line.method, line.target.substr(0, line.target.find('?')), connection.request.request_id});
  if (answer) refusal = std::move(*answer);
  return answer.has_value();
}

/// Reads the rest of a body that nobody wants, so that the next request can follow. False: the peer went, or was slow.
asio::awaitable<bool> skip_body(const ServerState& server, Connection& connection, std::size_t missing) {
  connection.enter(Phase::body, runtime::steady_ms() + server.options.body_timeout_ms);
  connection.make_room(first_buffer_bytes);
  while (missing > 0) {
    const auto room = asio::buffer(connection.in.data(), std::min(missing, connection.in.size()));
    const auto [error, count] = co_await connection.socket.async_read_some(room, awaited);
    if (error || connection.timed_out) co_return false;
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

}  // namespace

void Connection::make_room(std::size_t wanted) {
  if (received < in.size()) return;
  in.resize(std::max(std::min(std::max(2 * in.size(), first_buffer_bytes), wanted), received + 1));
}

void Connection::consume(std::size_t count) {
  received -= count;
  if (received != 0) std::memmove(in.data(), in.data() + count, received);
}

asio::awaitable<void> serve_connection(std::shared_ptr<ServerState> server, Connection& connection) {
  auto& socket = connection.socket;
  while (true) {
    RequestReader reader(server->options.body_bytes_max, static_cast<bool>(server->options.head_gate));
    renew_request_id(connection.request.request_id);
    Response response;
    bool early = false;  // refused from the head alone
    ReadStep step = connection.refused ? ReadStep::refused : ReadStep::need_more;
    Errc refusal = Errc::overloaded;
    while (step != ReadStep::refused) {
      if (!server->reading && connection.received != 0 && !reader.head_complete()) {
        connection.enter(Phase::handling, 0);  // it waits for us, so its time limits stand still
        co_await server->hold();
      }
      step = reader.advance(connection.bytes(), connection.request);
      refusal = reader.refusal();
      if (step == ReadStep::ready || step == ReadStep::refused) break;
      if (step == ReadStep::head_complete) {
        early = refused_by_gate(*server, connection, reader, response);
        if (early) break;
        continue;
      }
      enter_reading_phase(*server, connection, reader);
      if (step == ReadStep::say_continue) {
        const auto [error, count] = co_await asio::async_write(socket, asio::buffer(continue_answer), awaited);
        if (error) co_return;
      }
      connection.make_room(reader.wanted());
      const auto room =
          asio::buffer(connection.in.data() + connection.received, connection.in.size() - connection.received);
      const auto [error, count] = co_await socket.async_read_some(room, awaited);
      connection.received += count;
      if (connection.timed_out) {
        step = ReadStep::refused;
        refusal = Errc::request_timeout;
      } else if (error) {
        co_return;
      }
    }

    ++server->in_flight;
    connection.enter(Phase::handling, 0);
    bool failed = false;
    if (step == ReadStep::ready) {
      try {
        response = co_await server->handler(connection.request);
      } catch (const std::exception& error) {
        failed = true;
        runtime::log_error("handler_failed", {{"request_id", connection.request.request_id}, {"detail", error.what()}});
      }
      if (failed) response = server->error_answer(Errc::internal, connection.request.request_id);
    } else if (!early) {
      response = server->error_answer(refusal, connection.request.request_id);
    }

    if (response.status == 0) {  // a simulated peer that stays silent
      --server->in_flight;
      if (!response.close && !server->draining) co_await read_off(connection, server->options.idle_timeout_ms);
      co_return;
    }
    const std::size_t whole = reader.consumed();
    const bool body_may_not_come = early && reader.awaits_continue() && connection.received < whole;
    const bool close =
        step == ReadStep::refused || body_may_not_come || !reader.keep_alive() || response.close || server->draining;
    const bool head_only = step != ReadStep::refused && connection.request.method == "HEAD";
    write_answer(
        connection.out, response,
        {.date = server->date(), .request_id = connection.request.request_id, .close = close, .head_only = head_only});
    connection.enter(Phase::writing, runtime::steady_ms() + server->options.idle_timeout_ms);
    const auto [error, count] = co_await asio::async_write(socket, asio::buffer(connection.out), awaited);
    --server->in_flight;
    if (error) co_return;
    if (close) {
      co_await linger(connection);
      co_return;
    }
    if (connection.received < whole) {  // of a request that was refused from its head
      const bool skipped = co_await skip_body(*server, connection, whole - connection.received);
      if (!skipped) co_return;
      connection.received = 0;
    } else {
      connection.consume(whole);
    }
    if (server->draining && connection.received == 0) co_return;
    release_large_buffers(connection);
  }
}

}  // namespace acq::http
