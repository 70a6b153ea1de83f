// The simulated bank on loopback: a silence is a silence on the wire, and notifications come signed until they are
// taken. Port 0, milliseconds each; the second try of a notification waits its half second.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <charconv>
#include <chrono>
#include <functional>
#include <vector>

#include "common/http/client.hpp"
#include "common/http/webhook_signature.hpp"
#include "common/runtime/clock.hpp"
#include "loadtest/channel_sim/notifier.hpp"
#include "loadtest/channel_sim/simulator.hpp"
#include "tests/support/result_text.hpp"
#include "tests/unit/loadtest/channel_sim/requests.hpp"

using namespace acq;
using namespace acq::channel_sim;
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

BookOptions notifying() {
  BookOptions options;
  options.notifies = true;
  return options;
}

struct Bench {
  asio::io_context context{1};
  Simulator simulator{notifying(), 1};
  http::Server server{context, {}, make_handler(simulator), error_answer};
  http::Client client{context, {}};

  void run(std::function<asio::awaitable<void>()> test) {
    std::exception_ptr failure;
    asio::co_spawn(context, std::move(test), [&](std::exception_ptr thrown) {
      failure = std::move(thrown);
      context.stop();
    });
    context.run_for(10s);
    if (failure) std::rethrow_exception(failure);
  }
  asio::awaitable<Result<http::ClientAnswer>> post(std::string path, std::string body, std::uint32_t timeout_ms) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = "http://127.0.0.1:" + std::to_string(server.port()) + path;
    request.body = std::move(body);
    request.timeout_ms = timeout_ms;
    auto answer = co_await client.send(std::move(request));
    co_return answer;
  }
};

/// A gateway that refuses the first notification and takes the others.
struct Listener {
  crypto::Secret key = *http::parse_webhook_secret("whsec_" + std::string(43, 'A') + "=");
  std::vector<std::string> ids;
  std::vector<std::string> bodies;
  int unsigned_ones = 0;

  asio::awaitable<http::Response> take(const http::Request& request) {
    const auto* id = request.find("webhook-id");
    const auto* stamp = request.find("webhook-timestamp");
    const auto* signature = request.find("webhook-signature");
    std::int64_t stamp_s = 0;
    if (stamp != nullptr) std::from_chars(stamp->data(), stamp->data() + stamp->size(), stamp_s);
    http::Response response;
    const bool is_ours = id != nullptr && signature != nullptr && request.path == "/channel/v1/notifications" &&
                         http::verify_webhook(key, *id, stamp_s, *signature, request.body, runtime::unix_ms() / 1000);
    if (!is_ours) {
      ++unsigned_ones;
      response.status = 401;
      co_return response;
    }
    ids.emplace_back(*id);
    bodies.emplace_back(request.body);
    response.status = ids.size() == 1 ? 503 : 200;
    co_return response;
  }
};

}  // namespace

TEST_CASE("a charge that is never answered leaves the caller to its own timeout, with the money taken") {
  Bench bench;
  bench.run([&bench]() -> asio::awaitable<void> {
    const auto began = std::chrono::steady_clock::now();
    const auto answer = co_await bench.post("/channel/v1/charges", codec::encode_charge(charge_of("r", 1'057)), 150);
    CHECK_FALSE(answer);
    CHECK(std::chrono::steady_clock::now() - began >= 150ms);
    CHECK(bench.simulator.book().totals(runtime::steady_ms()).charges == 1);
  });
}

TEST_CASE("a channel that is down cuts the line at once, and serves again when it is up") {
  Bench bench;
  bench.run([&bench]() -> asio::awaitable<void> {
    const std::string charge = codec::encode_charge(charge_of("r", 1'000));
    const auto set = co_await bench.post("/sim/faults", R"({"down":true})", 5'000);
    REQUIRE(set);
    CHECK(set->status == 200);
    const auto began = std::chrono::steady_clock::now();
    const auto cut = co_await bench.post("/channel/v1/charges", charge, 5'000);
    CHECK_FALSE(cut);
    CHECK(std::chrono::steady_clock::now() - began < 2'000ms);
    const auto reset = co_await bench.post("/sim/reset", "", 5'000);
    CHECK(reset);
    const auto charged = co_await bench.post("/channel/v1/charges", charge, 5'000);
    REQUIRE(charged);
    CHECK(charged->status == 200);
    CHECK(bench.simulator.book().totals(runtime::steady_ms()) == Totals{1, 1'000, 0, 1});
  });
}

TEST_CASE("a notification is signed, tried again under its id when it is not taken, and then counted") {
  Bench bench;
  Listener listener;
  http::Server gateway(
      bench.context, {}, [&listener](const http::Request& request) { return listener.take(request); }, error_answer);
  Notifier notifier(bench.context, bench.simulator.book(),
                    notification_url("http://127.0.0.1:" + std::to_string(gateway.port())), listener.key);
  notifier.start();
  bench.run([&bench]() -> asio::awaitable<void> {
    ChannelBook& book = bench.simulator.book();
    book.charge(charge_of("r", 1'051), runtime::steady_ms());
    book.flip("r", runtime::steady_ms());
    asio::steady_timer timer(bench.context);
    for (int i = 0; i < 300 && book.outbox().counts().delivered == 0; ++i) {
      timer.expires_after(10ms);
      co_await timer.async_wait(asio::use_awaitable);
    }
  });
  CHECK(bench.simulator.book().outbox().counts() == OutboxCounts{1, 0});
  CHECK(listener.unsigned_ones == 0);
  REQUIRE(listener.ids.size() == 2);
  CHECK(listener.ids[0] == listener.ids[1]);
  const auto told = codec::decode_charge_answer(listener.bodies[1]);
  REQUIRE(told);
  CHECK(told->request_id == "r");
  CHECK(told->status == "succeeded");
}

TEST_CASE("the notify URL gets the gateway's path where it has none") {
  CHECK(notification_url("http://127.0.0.1:18080") == "http://127.0.0.1:18080/channel/v1/notifications");
  CHECK(notification_url("http://127.0.0.1:18080/") == "http://127.0.0.1:18080/channel/v1/notifications");
  CHECK(notification_url("http://127.0.0.1:18080/n") == "http://127.0.0.1:18080/n");
  CHECK_THROWS_AS(notification_url("127.0.0.1"), StartError);
  CHECK_THROWS_AS(read_notification_secret("/nowhere"), StartError);
}
