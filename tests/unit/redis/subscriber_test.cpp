// Publish and subscribe: the stream's elements, and a subscriber against a real redis-server.
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "common/redis/connection.hpp"
#include "common/redis/subscriber.hpp"
#include "tests/unit/redis/server.hpp"

namespace {
using namespace acq;
using namespace acq::test;
using redis::Push;
using redis::Reply;

Reply element(const std::string& kind, const std::string& channel, Reply third) {
  return Reply{Reply::Array{Reply{kind}, Reply{channel}, std::move(third)}};
}

struct Heard {
  std::vector<std::string> messages;
  std::vector<std::string> subscribed;
};

redis::SubscriberOptions options_for(const Server& server, Heard& heard) {
  redis::SubscriberOptions options;
  options.socket = server.socket();
  options.anchor = "anchor";
  options.on_message = [&heard](std::string_view channel, std::string_view message) {
    heard.messages.push_back(std::string(channel) + "=" + std::string(message));
  };
  options.on_subscribed = [&heard](std::string_view channel) { heard.subscribed.emplace_back(channel); };
  return options;
}

template <class Condition>
asio::awaitable<bool> until(Condition condition) {
  for (int i = 0; i < 500 && !condition(); ++i) co_await pause(10);
  co_return condition();
}

/// How many were subscribed when it was published; -1 when Redis did not answer.
asio::awaitable<std::int64_t> publish(redis::Connection& connection, std::string channel, std::string message) {
  std::vector<std::string> command{"PUBLISH", std::move(channel), std::move(message)};
  const auto reply = co_await connection.command(std::move(command));
  const auto* count = reply ? reply->integer() : nullptr;
  co_return count == nullptr ? -1 : *count;
}

// What is awaited has a name: inside REQUIRE, GCC 12 awaits it more than once.

/// Runs one scenario with a publisher and hands on what it threw.
template <class Scenario>
void run(const Server& server, Scenario scenario) {
  asio::io_context io(1);
  Heard heard;
  redis::Connection connection(io, {server.socket(), {}, {}});
  redis::Subscriber subscriber(io, options_for(server, heard));
  connection.start();
  subscriber.start();
  std::exception_ptr thrown;
  asio::co_spawn(io, scenario(connection, subscriber, heard), [&](std::exception_ptr error) {
    thrown = error;
    connection.stop();
    subscriber.stop();
    io.stop();
  });
  io.run();
  if (thrown) std::rethrow_exception(thrown);
}

asio::awaitable<void> hears(redis::Connection& publisher, redis::Subscriber& subscriber, Heard& heard) {
  subscriber.subscribe("early");  // before there is a connection
  REQUIRE(co_await until([&] { return publisher.connected() && subscriber.hears("early"); }));
  REQUIRE(subscriber.connected());
  REQUIRE(heard.subscribed == std::vector<std::string>{"early"});
  REQUIRE_FALSE(subscriber.hears("late"));
  subscriber.subscribe("late");
  subscriber.subscribe("late");
  REQUIRE(co_await until([&] { return subscriber.hears("late"); }));
  const auto early_listeners = co_await publish(publisher, "early", "1");
  REQUIRE(early_listeners == 1);
  const auto late_listeners = co_await publish(publisher, "late", "2");
  REQUIRE(late_listeners == 1);
  const auto other_listeners = co_await publish(publisher, "other", "3");
  REQUIRE(other_listeners == 0);
  const bool both = co_await until([&] { return heard.messages.size() >= 2; });
  REQUIRE(both);
  REQUIRE(heard.messages == std::vector<std::string>{"early=1", "late=2"});
}

asio::awaitable<void> leaves_and_returns(redis::Connection& publisher, redis::Subscriber& subscriber, Heard& heard) {
  subscriber.subscribe("c");
  REQUIRE(co_await until([&] { return publisher.connected() && subscriber.hears("c"); }));
  subscriber.unsubscribe("c");
  REQUIRE_FALSE(subscriber.hears("c"));
  // None left but the anchor; then wanted again while the answer to the last unsubscription is under way.
  bool silent = false;
  for (int i = 0; i < 500 && !silent; ++i) silent = co_await publish(publisher, "c", "nobody") == 0;
  REQUIRE(silent);
  for (int i = 0; i < 20; ++i) {
    subscriber.subscribe("c");
    subscriber.unsubscribe("c");
  }
  subscriber.subscribe("c");
  REQUIRE(co_await until([&] { return subscriber.hears("c"); }));
  heard.messages.clear();
  bool arrived = false;
  for (int i = 0; i < 500 && !arrived; ++i) {
    const auto listeners = co_await publish(publisher, "c", "again");
    REQUIRE(listeners >= 0);
    co_await pause(5);
    arrived = !heard.messages.empty();
  }
  REQUIRE(arrived);
  REQUIRE(heard.messages.front() == "c=again");
}
}  // namespace

TEST_CASE("a subscribed stream's elements are told apart, and what is none is nothing") {
  const auto subscribed = redis::read_push(element("subscribe", "c", Reply{std::int64_t{1}}));
  REQUIRE(subscribed);
  CHECK(subscribed->kind == Push::Kind::subscribed);
  CHECK(subscribed->channel == "c");
  const auto gone = redis::read_push(element("unsubscribe", "c", Reply{std::int64_t{0}}));
  REQUIRE(gone);
  CHECK(gone->kind == Push::Kind::unsubscribed);
  const auto message = redis::read_push(element("message", "c", Reply{std::string("a\0b", 3)}));
  REQUIRE(message);
  CHECK(message->kind == Push::Kind::message);
  CHECK(message->message == std::string("a\0b", 3));

  CHECK_FALSE(redis::read_push(element("message", "c", Reply{std::int64_t{1}})));
  CHECK_FALSE(redis::read_push(element("pmessage", "c", Reply{std::string("m")})));
  CHECK_FALSE(redis::read_push(Reply{Reply::Array{Reply{std::string("message")}, Reply{std::string("c")}}}));
  CHECK_FALSE(redis::read_push(Reply{std::string("message")}));
  CHECK_FALSE(redis::read_push(Reply{}));
}

TEST_CASE("a subscriber hears what is published on its channels, and on no other") {
  if (!installed()) return;
  const Server server;
  run(server, hears);
}

TEST_CASE("a channel that is left and wanted again is heard again, however quickly") {
  if (!installed()) return;
  const Server server;
  run(server, leaves_and_returns);
}

TEST_CASE("a subscriber whose server dies subscribes again when it is back, and says so") {
  if (!installed()) return;
  Server server;
  const auto scenario = [&server](redis::Connection& publisher, redis::Subscriber& subscriber,
                                  Heard& heard) -> asio::awaitable<void> {
    subscriber.subscribe("c");
    REQUIRE(co_await until([&] { return publisher.connected() && subscriber.hears("c"); }));
    server.stop();
    REQUIRE(co_await until([&] { return !subscriber.connected(); }));
    REQUIRE_FALSE(subscriber.hears("c"));
    server.start();
    REQUIRE(co_await until([&] { return publisher.connected() && subscriber.hears("c"); }));
    REQUIRE(heard.subscribed == std::vector<std::string>{"c", "c"});
    const auto listeners = co_await publish(publisher, "c", "back");
    REQUIRE(listeners == 1);
    REQUIRE(co_await until([&] { return heard.messages == std::vector<std::string>{"c=back"}; }));
  };
  run(server, scenario);
}
