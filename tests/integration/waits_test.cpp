// Prefer: wait (P25): a request is held until its payment is final, its code can be shown, or the time is over; with
// Redis and without; and nobody is held for a client that has gone or by a gateway that stops.
#include <catch2/catch.hpp>
#include <csignal>
#include <future>

#include "common/http/client.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

const std::string code = "1310000000000017";

Merchant::Change wait_of(int seconds, const std::string& if_none_match = {}) {
  return [=](http::ClientRequest& request) {
    request.headers.emplace_back("Prefer", "wait=" + std::to_string(seconds));
    if (!if_none_match.empty()) request.headers.emplace_back("If-None-Match", if_none_match);
  };
}

struct Timed {
  Answer answer;
  std::int64_t ms = 0;
};
template <class Call>
Timed timed(Call call) {
  const auto began = runtime::steady_ms();
  Timed result{call(), 0};
  result.ms = runtime::steady_ms() - began;
  return result;
}

Timed create(const Merchant& shop, const Order& order, int wait_s) {
  return timed([&] { return shop.create(order.json(), wait_of(wait_s)); });
}
Timed read(const Merchant& shop, const std::string& target, int wait_s, const std::string& if_none_match = {}) {
  return timed([&] { return shop.send("GET", target, {}, 0, wait_of(wait_s, if_none_match)); });
}

void check_held(const Timed& timed, int status, const std::string& state, int wait_s) {
  INFO(timed.ms << " ms: " << timed.answer.body);
  CHECK(timed.answer.status == status);
  CHECK(timed.answer.text("state") == state);
  CHECK(timed.answer.header("Preference-Applied") == "wait=" + std::to_string(wait_s));
}

std::string waiters(System& system) {
  const auto metrics = ask("GET", system.admin_url("gateway-1") + "/metrics").body;
  const auto at = metrics.find("\nacq_waiters ");
  return at == std::string::npos ? "none" : metrics.substr(at + 13, metrics.find('\n', at + 1) - at - 13);
}

}  // namespace

TEST_CASE(
    "A create that prefers to wait is answered 201 when it is final, and 202 with its code or when time is over") {
  System system;
  const auto& shop = system.merchant();

  const auto barcode = create(shop, {.number = "w-barcode", .code = code}, 10);
  check_held(barcode, 201, "succeeded", 10);
  CHECK(barcode.ms < 5'000);
  CHECK(barcode.answer.header("ETag") == '"' + std::to_string(barcode.answer.integer("sequence")) + '"');
  CHECK(barcode.answer.header("Location") == "/v1/payments/" + barcode.answer.text("payment_id"));
  CHECK(barcode.answer.header("Idempotent-Replayed").empty());
  check_held(create(shop, {.number = "w-declined", .amount = 1'051, .code = code}, 10), 201, "declined", 10);

  // 60: nobody pays, but the code is known at once. 56: the channel answers after 3 s.
  const auto qr = create(shop, {.number = "w-qr", .amount = 1'060}, 10);
  check_held(qr, 202, "awaiting_payer", 10);
  CHECK(qr.answer.text("code_url").starts_with("https://"));
  CHECK(qr.ms < 5'000);
  const auto held = create(shop, {.number = "w-held", .amount = 1'056, .code = code}, 1);
  check_held(held, 202, "processing", 1);
  CHECK(held.ms >= 990);
  CHECK(held.ms < 3'000);

  // A repeat is held likewise, and stays a 200.
  const auto repeat = create(shop, {.number = "w-held", .amount = 1'056, .code = code}, 1);
  check_held(repeat, 200, "processing", 1);
  CHECK(repeat.ms >= 990);
  CHECK(repeat.answer.header("Idempotent-Replayed") == "true");

  const auto slow = create(shop, {.number = "w-slow", .amount = 1'056, .code = code}, 10);
  check_held(slow, 201, "succeeded", 10);
  CHECK(slow.ms >= 2'900);
  CHECK(slow.ms < 10'000);

  INFO("no wait is asked, or none that counts");
  const auto plain = shop.create(Order{.number = "w-plain"});
  CHECK(plain.status == 202);
  CHECK(plain.header("Preference-Applied").empty());
  const auto nonsense =
      shop.create(Order{.number = "w-nonsense"}.json(), [](auto& r) { r.headers.emplace_back("Prefer", "wait=soon"); });
  CHECK(nonsense.status == 202);
  CHECK(nonsense.header("Preference-Applied").empty());

  const auto known = create(shop, {.number = "w-barcode", .code = code}, 10);
  check_held(known, 200, "succeeded", 10);
  CHECK(known.ms < 900);

  INFO("a later attempt is waited for, not the end of the one before");
  const auto next = create(shop, {.number = "w-declined", .amount = 1'051, .code = code, .attempt = 2}, 10);
  check_held(next, 201, "declined", 10);
  CHECK(next.answer.json.find("attempts")->array()->size() == 2);
}

TEST_CASE("A read that prefers to wait is held until the end, or until its tag changes") {
  System system;
  const auto& shop = system.merchant();
  const auto made = create(shop, {.number = "r-1", .amount = 1'060, .code = code}, 1);
  REQUIRE(made.answer.status == 202);
  const auto id = made.answer.text("payment_id");
  system.await_state(id, "awaiting_payer", soon_ms);
  const auto tag = shop.payment(id).header("ETag");

  const auto unchanged = read(shop, "/v1/payments/" + id, 1, tag);
  INFO(unchanged.answer.body);
  CHECK(unchanged.answer.status == 304);
  CHECK(unchanged.ms >= 990);
  CHECK(unchanged.answer.body.empty());
  CHECK(unchanged.answer.header("ETag") == tag);
  CHECK(unchanged.answer.header("Preference-Applied") == "wait=1");
  CHECK_FALSE(unchanged.answer.header("Request-Id").empty());
  // Another tag than the present one is no reason to wait.
  const auto other = read(shop, "/v1/payments/" + id, 10, "\"0\"");
  check_held(other, 200, "awaiting_payer", 10);
  CHECK(other.ms < 900);

  // Three are held, by id, by number and for another tag, while the channel takes its 3 s.
  const auto slow = shop.create(Order{.number = "r-2", .amount = 1'056, .code = code}).text("payment_id");
  system.await_state(slow, "processing", soon_ms);
  const auto slow_tag = shop.payment(slow).header("ETag");
  auto by_id = std::async(std::launch::async, [&] { return read(shop, "/v1/payments/" + slow, 12); });
  auto by_number = std::async(std::launch::async, [&] { return read(shop, "/v1/payments?merchant_order_id=r-2", 12); });
  auto by_tag = std::async(std::launch::async, [&] { return read(shop, "/v1/payments/" + slow, 12, slow_tag); });
  await_equal("waiters", soon_ms, std::string("3"), [&] { return waiters(system); });
  by_id.wait();
  by_number.wait();
  by_tag.wait();
  await_equal("waiters", soon_ms, std::string("0"), [&] { return waiters(system); });
  check_held(by_id.get(), 200, "succeeded", 12);
  check_held(by_number.get(), 200, "succeeded", 12);
  const auto changed = by_tag.get();
  INFO(changed.answer.body);
  CHECK(changed.answer.status == 200);
  CHECK(changed.answer.header("ETag") != slow_tag);
  CHECK(changed.answer.header("Preference-Applied") == "wait=12");

  INFO("what is not there is not waited for, nor what is another's");
  const auto never = timed([&] { return shop.send("GET", "/v1/payments/pay_nonsense", {}, 0, wait_of(10)); });
  CHECK(never.answer.status == 404);
  CHECK(never.ms < 5'000);
  const auto stranger = system.create_merchant("stranger");
  const auto hidden = read(stranger, "/v1/payments/" + id, 1);
  CHECK(hidden.answer.status != 200);
  CHECK(hidden.answer.text("state").empty());
}

TEST_CASE("Without Redis the clock does: a wait reads after 1 s and then every 2 s (P25)") {
  System system;
  const auto& shop = system.merchant();
  SECTION("killed") {
    system.kill("redis");
    const auto made = create(shop, {.number = "no-redis", .code = code}, 10);
    check_held(made, 201, "succeeded", 10);
    CHECK(made.ms < 5'000);
  }
  SECTION("its connections are cut while somebody waits") {
    auto held = std::async(std::launch::async,
                           [&] { return create(shop, {.number = "cut", .amount = 1'056, .code = code}, 10); });
    await_equal("waiters", soon_ms, std::string("1"), [&] { return waiters(system); });
    system.redis({"CLIENT", "KILL", "TYPE", "pubsub"});
    system.redis({"CLIENT", "KILL", "TYPE", "normal"});
    system.redis({"FLUSHALL"});
    const auto made = held.get();
    check_held(made, 201, "succeeded", 10);
    // And the channel is listened to again.
    const auto after = create(shop, {.number = "after", .code = code}, 10);
    check_held(after, 201, "succeeded", 10);
  }
  SECTION("it stands still") {
    system.signal("redis", SIGSTOP);
    const auto made = create(shop, {.number = "still", .code = code}, 10);
    system.signal("redis", SIGCONT);
    check_held(made, 201, "succeeded", 10);
  }
}

TEST_CASE("A client that has gone frees its place, and a gateway that stops answers those whom it holds") {
  System system;
  const auto& shop = system.merchant();
  const auto made = shop.create(Order{.number = "g-1", .amount = 1'060, .code = code});
  REQUIRE(made.status == 202);
  const auto id = made.text("payment_id");
  system.await_state(id, "awaiting_payer", soon_ms);
  const auto tag = shop.payment(id).header("ETag");

  // It would be held for a minute, but hangs up.
  auto hung_up = std::async(std::launch::async, [&] {
    return timed([&] {
      return shop.send("GET", "/v1/payments/" + id, {}, 0, [&](http::ClientRequest& request) {
        request.headers.emplace_back("Prefer", "wait=60");
        request.headers.emplace_back("If-None-Match", tag);
        request.timeout_ms = 1'500;
      });
    });
  });
  await_equal("waiters", soon_ms, std::string("1"), [&] { return waiters(system); });
  hung_up.wait();
  CHECK(hung_up.get().answer.status == 0);
  await_equal("waiters once the client is gone", 5'000, std::string("0"), [&] { return waiters(system); });

  auto held = std::async(std::launch::async, [&] { return read(shop, "/v1/payments/" + id, 12, tag); });
  await_equal("waiters", soon_ms, std::string("1"), [&] { return waiters(system); });
  system.stop("gateway-1");
  const auto answered = held.get();
  CHECK(answered.answer.status == 304);
  CHECK(answered.answer.header("Preference-Applied") == "wait=12");
  CHECK(answered.ms < 6'000);
}
