// The Redis connection against a real redis-server on a socket of its own; skipped where none is installed.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "common/limits.hpp"
#include "common/redis/connection.hpp"
#include "common/redis/scripts.hpp"
#include "common/runtime/clock.hpp"
#include "tests/unit/redis/server.hpp"

namespace {
namespace asio = boost::asio;
using namespace acq;
using namespace acq::test;

asio::awaitable<bool> until_connected(redis::Connection& connection, bool wanted) {
  for (int i = 0; i < 500 && connection.connected() != wanted; ++i) co_await pause(10);
  co_return connection.connected() == wanted;
}

/// Runs one scenario on an io_context and hands on what it threw.
template <class Scenario>
void run(asio::io_context& io, redis::Connection& connection, Scenario scenario) {
  std::exception_ptr thrown;
  asio::co_spawn(io, scenario(connection), [&](std::exception_ptr error) {
    thrown = error;
    connection.stop();
    io.stop();
  });
  connection.start();
  io.run();
  if (thrown) std::rethrow_exception(thrown);
}

asio::awaitable<void> binary_values(redis::Connection& connection) {
  REQUIRE(co_await until_connected(connection, true));
  const std::string bytes("a\0b\r\n\xff", 6);
  std::vector<std::string> set{"SET", "k", bytes};
  const auto stored = co_await connection.command(std::move(set));
  REQUIRE(stored.has_value());
  std::vector<std::string> get{"MGET", "k", "nothing"};
  const auto got = co_await connection.command(std::move(get));
  REQUIRE(got.has_value());
  const auto* array = got->array();
  REQUIRE(array != nullptr);
  REQUIRE(array->size() == 2);
  REQUIRE(*(*array)[0].text() == bytes);
  REQUIRE((*array)[1].is_nil());
  std::vector<std::string> wrong{"INCR", "k"};
  const auto refused = co_await connection.command(std::move(wrong));
  REQUIRE(refused.has_error());
  REQUIRE(refused.error().code == Errc::cache_away);
}

asio::awaitable<void> script_rules(redis::Connection& connection) {
  REQUIRE(co_await until_connected(connection, true));
  for (int round = 0; round < 2; ++round) {  // the second time by digest, after the server has forgotten the scripts
    std::vector<std::string> forget{"SCRIPT", "FLUSH"};
    co_await connection.command(std::move(forget));
    std::vector<std::string> empty{"FLUSHALL"};
    co_await connection.command(std::move(empty));

    auto first = co_await redis::reserve(connection, "n", "one", 60);
    REQUIRE(first.has_value());
    REQUIRE_FALSE(first->has_value());
    auto second = co_await redis::reserve(connection, "n", "two", 60);
    REQUIRE(second->value() == "one");

    auto wrong = co_await redis::compare_and_set(connection, "n", "two", "three", 60);
    REQUIRE_FALSE(wrong.value());
    auto right = co_await redis::compare_and_set(connection, "n", "one", "three", 60);
    REQUIRE(right.value());
    redis::compare_and_set_and_forget(connection, "n", "three", "four", 60);
    auto kept = co_await redis::compare_and_delete(connection, "n", "three");
    REQUIRE_FALSE(kept.value());
    auto gone = co_await redis::compare_and_delete(connection, "n", "four");
    REQUIRE(gone.value());

    const std::vector<std::pair<std::string, bool>> states{
        {"5|3|m|{}", true},   {"5|3|m|{}", false}, {"5|10|m|{}", true}, {"5|9|m|{}", false},
        {"4|99|m|{}", false}, {"6|1|m|{}", true},  {"10|1|m|{}", true}};
    for (const auto& [value, stored] : states) {
      INFO(value);
      redis::Told told{"changed", "s"};
      auto done = co_await redis::set_state_if_newer(connection, "s", value, 60, std::move(told));
      REQUIRE(done.value() == stored);
    }
  }
}

}  // namespace

TEST_CASE("Redis: values are bytes, nil is nil, an error reply is a failure") {
  if (!installed()) return;
  Server server;
  asio::io_context io(1);
  redis::Connection connection(io, {server.socket(), {}, {}});
  run(io, connection, binary_values);
}

TEST_CASE("Redis: the scripts do what they say, also after the server forgot them") {
  if (!installed()) return;
  Server server;
  asio::io_context io(1);
  redis::Connection connection(io, {server.socket(), {}, {}});
  run(io, connection, script_rules);
}

TEST_CASE("Redis: away is said at once without a server, and connecting goes on by itself") {
  asio::io_context io(1);
  redis::Connection connection(io, {"/nonexistent/redis.sock", {}, {}});
  run(io, connection, [](redis::Connection& c) -> asio::awaitable<void> {
    co_await pause(50);
    const std::int64_t before = runtime::steady_ms();
    std::vector<std::string> ping{"PING"};
    const auto answer = co_await c.command(std::move(ping));
    REQUIRE(answer.has_error());
    REQUIRE(answer.error().code == Errc::cache_away);
    REQUIRE(runtime::steady_ms() - before < 50);
  });
}

TEST_CASE("Redis: a killed server is noticed and a new one is found, each connection told once") {
  if (!installed()) return;
  static Server* server = nullptr;
  static int connections = 0;
  static int losses = 0;
  connections = losses = 0;
  Server mine;
  server = &mine;
  asio::io_context io(1);
  redis::Connection connection(io, {mine.socket(), [] { ++connections; }, [] { ++losses; }});
  run(io, connection, [](redis::Connection& c) -> asio::awaitable<void> {
    REQUIRE(co_await until_connected(c, true));
    server->stop();
    REQUIRE(co_await until_connected(c, false));
    server->start();
    REQUIRE(co_await until_connected(c, true));
    std::vector<std::string> ping{"PING"};
    const auto answer = co_await c.command(std::move(ping));
    REQUIRE(answer.has_value());
    REQUIRE(connections == 2);
    REQUIRE(losses == 1);
  });
}

TEST_CASE("Redis: a stopped server costs one timeout, then is away until it answers again") {
  if (!installed()) return;
  static Server* server = nullptr;
  Server mine;
  server = &mine;
  asio::io_context io(1);
  redis::Connection connection(io, {mine.socket(), {}, {}});
  run(io, connection, [](redis::Connection& c) -> asio::awaitable<void> {
    REQUIRE(co_await until_connected(c, true));
    server->signal(SIGSTOP);
    const std::int64_t before = runtime::steady_ms();
    std::vector<std::string> ping{"PING"};
    const auto late = co_await c.command(ping);
    REQUIRE(late.has_error());
    const std::int64_t waited = runtime::steady_ms() - before;
    REQUIRE(waited >= limits::redis_timeout_ms);
    REQUIRE(waited < 2 * limits::redis_timeout_ms);
    REQUIRE(co_await until_connected(c, false));
    server->signal(SIGCONT);
    REQUIRE(co_await until_connected(c, true));
    const auto again = co_await c.command(ping);
    REQUIRE(again.has_value());
  });
}
