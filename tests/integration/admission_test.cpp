// Admission on real parts: what is refused leaves nothing behind, and a flood hurts nobody but itself.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "tests/support/await.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/settings.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

/// The sum of a metric's series whose labels hold all of `parts`.
double metric(System& system, const std::string& name, const std::vector<std::string>& parts = {}) {
  const auto text = ask("GET", system.admin_url("gateway-1") + "/metrics").body;
  double sum = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    const bool same = line.starts_with(name + "{") || line.starts_with(name + " ");
    const bool wanted =
        std::all_of(parts.begin(), parts.end(), [&](const auto& part) { return line.find(part) != std::string::npos; });
    if (same && wanted) sum += std::stod(line.substr(line.rfind(' ')));
  }
  return sum;
}

std::int64_t readiness(System& system, const std::string& member) {
  const auto answer = ask("GET", system.admin_url("gateway-1") + "/readyz");
  const auto* admission = answer.json.find("admission");
  return admission == nullptr ? -1 : admission->integer_or(member, -1);
}

std::size_t reservations(System& system) {
  const auto keys = system.redis({"--scan", "--pattern", "acq:n:*"});
  return static_cast<std::size_t>(std::count(keys.begin(), keys.end(), '\n'));
}

/// Asks for payments as fast as it can, until told to stop, on threads of its own. Nothing is asserted there.
class FlashSale {
 public:
  FlashSale(const Merchant& merchant, int threads) {
    for (int t = 0; t < threads; ++t) threads_.emplace_back([this, merchant, t] { sell(merchant, t); });
  }
  ~FlashSale() { end(); }
  void end() {
    stop_ = true;
    for (auto& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  std::atomic<int> accepted{0}, limited{0}, honest{0}, other{0};

 private:
  void sell(const Merchant& merchant, int t) {
    for (int i = 0; !stop_; ++i) {
      const auto answer = merchant.create(Order{.number = "sale-" + std::to_string(t) + "-" + std::to_string(i)});
      if (answer.status == 202) {
        ++accepted;
      } else if (answer.status == 429 && answer.text("code") == "rate_limited") {
        ++limited;
        const auto seconds = std::atoi(answer.header("Retry-After").c_str());
        const bool told = answer.header("RateLimit").starts_with("\"create\";r=0;t=") &&
                          answer.header("RateLimit-Policy").starts_with("\"create\";q=");
        if (seconds >= 1 && seconds <= 30 && told && answer.text("money") == "not_looked_up") ++honest;
      } else {
        ++other;
      }
    }
  }
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

/// Holds its database's payments for itself: what reads them waits until it goes.
class Standstill {
 public:
  explicit Standstill(const std::string& database) : connection_(account_options(settings().admin, database)) {
    REQUIRE(connection_.connect());
    REQUIRE(connection_.execute("LOCK TABLES payments WRITE, payment_keys WRITE"));
  }
  ~Standstill() { end(); }
  void end() { static_cast<void>(connection_.execute("UNLOCK TABLES")); }

 private:
  mariadb::Connection connection_;
};

}  // namespace

TEST_CASE("A merchant's flash sale at ten times its rate does not move its neighbour, and leaves nothing behind (P1)") {
  System system;
  const auto& seller = system.merchant();
  const auto neighbour = system.create_merchant("neighbour");
  constexpr int rate = 5;
  REQUIRE(system.acq({"merchant", "limits", seller.id_text(), "--rate", std::to_string(rate)}).code == 0);

  // It holds within a second; merchants are told of it once little is left.
  int warm = 0;
  await("the limit holds", soon_ms, [&] {
    const auto answer = seller.create(Order{.number = "warm-" + std::to_string(warm)});
    warm += answer.status == 202 ? 1 : 0;
    return answer.header("RateLimit-Policy").find(";q=5;") != std::string::npos;
  });

  const auto began_ms = runtime::steady_ms();
  int sold = 0;
  bool queried = true;
  {
    FlashSale sale(seller, 3);
    // A quiet shop next door: every payment goes through, while ten times the seller's rate is offered and refused.
    await("the sale is refused many times over", soon_ms, [&] {
      const auto answer = neighbour.create(Order{.number = "quiet-" + std::to_string(sold)});
      INFO(answer.body);
      REQUIRE(answer.status == 202);
      CHECK(answer.header("RateLimit").empty());
      ++sold;
      // The seller's own queries do not drown in its creates.
      queried = queried && seller.by_number("nothing").status != 429;
      const auto offered_per_s = (sale.accepted + sale.limited) * 1'000 / (runtime::steady_ms() - began_ms + 1);
      const bool long_enough = runtime::steady_ms() - began_ms >= 3'000;
      return sold >= 10 && offered_per_s >= 10 * rate && sale.limited >= 200 && long_enough;
    });
    sale.end();
    const auto seconds = (runtime::steady_ms() - began_ms + 999) / 1'000;
    INFO("accepted " << sale.accepted << ", refused " << sale.limited << " in " << seconds << " s; next door " << sold);
    CHECK(queried);
    CHECK(sale.other == 0);
    CHECK(sale.honest == sale.limited);
    CHECK(sale.accepted <= rate * (seconds + 1));
    CHECK(sale.accepted >= rate * (seconds - 2));
    CHECK(metric(system, "acq_admission_refused_total", {"kind=\"create\"", "code=\"rate_limited\""}) >= sale.limited);

    // Refused means: no reservation, no record, no row.
    const auto accepted = static_cast<std::size_t>(sale.accepted + sold + warm);
    CHECK(reservations(system) == accepted);
    CHECK(system.topic().records_in_all() == static_cast<std::int64_t>(accepted));
    await_equal("rows", soon_ms, static_cast<std::int64_t>(accepted),
                [&] { return system.database().number("SELECT COUNT(*) FROM payments"); });
  }
  // A refused number is free: the same request is accepted once there is room.
  await("the seller sells again", soon_ms,
        [&] { return seller.create(Order{.number = "after-the-sale"}).status == 202; });
}

TEST_CASE("A gateway that is full refuses creates at once, while queries get through, and recovers (P1, P6)") {
  System system({.gateway_cores = 1, .admission = "in_flight_max = 10\nreserved_percent = 10\n"});
  const auto& merchant = system.merchant();
  const auto id = create(system, "known-1");
  system.await_state(id, "succeeded", at_last_ms);
  system.await_settled(soon_ms);

  // Later attempts read the database before they are accepted (P8), and it stands still: they fill the creates' places.
  std::vector<std::thread> waiting;
  std::atomic<int> wrong{0};
  const auto before = reservations(system);
  {
    Standstill standstill(system.database().name());
    constexpr std::int64_t places = 3 + 4;
    for (int i = 0; i < places; ++i) {
      waiting.emplace_back([&, i] {
        const auto answer = merchant.create(Order{.number = "full-" + std::to_string(i), .attempt = 2});
        if (answer.status != 409 && answer.status != 503) ++wrong;
      });
    }
    await_equal("requests in flight", soon_ms, places, [&] { return readiness(system, "in_flight"); });

    const auto refused = merchant.create(Order{.number = "refused-1"});
    INFO(refused.body);
    CHECK(refused.status == 503);
    CHECK(refused.text("code") == "overloaded");
    CHECK(refused.text("money") == "not_looked_up");
    CHECK(refused.text("request_id") == refused.header("Request-Id"));
    CHECK(std::atoi(refused.header("Retry-After").c_str()) >= 1);
    // Before the signature: nobody's is looked at.
    const auto unsigned_one = ask("POST", system.url("gateway-1") + "/v1/payments", "{}");
    CHECK(unsigned_one.status == 503);
    CHECK(unsigned_one.text("code") == "overloaded");
    // The cache knows this one; queries keep a place.
    const auto query = merchant.payment(id);
    INFO(query.body);
    CHECK(query.status == 200);
    CHECK(metric(system, "acq_admission_refused_total", {"kind=\"create\"", "code=\"overloaded\""}) == 2);
    CHECK(metric(system, "acq_admission_refused_total", {"kind=\"query\""}) == 0);
    CHECK(metric(system, "acq_admission_in_flight", {"kind=\"create\""}) == places);
    // A gateway that refuses some stays ready: it is not the one to take out.
    CHECK(ask("GET", system.admin_url("gateway-1") + "/readyz").status == 200);
    CHECK(reservations(system) == before);
  }
  for (auto& thread : waiting) thread.join();
  CHECK(wrong == 0);
  await_equal("requests in flight", soon_ms, std::int64_t{0}, [&] { return readiness(system, "in_flight"); });
  CHECK(merchant.create(Order{.number = "refused-1"}).status == 202);
}

TEST_CASE("A core that refuses more than its allowance stops reading, and goes on by itself") {
  System system({.gateway_cores = 1, .admission = "refusals_per_second_max = 10\n"});
  CHECK(readiness(system, "cores_not_reading") == 0);
  std::atomic<int> unauthorized{0}, other{0};
  std::vector<std::thread> strangers;
  for (int t = 0; t < 3; ++t) {
    strangers.emplace_back([&] {
      for (int i = 0; i < 4; ++i) {
        const auto answer = ask("POST", system.url("gateway-1") + "/v1/payments", "{}");
        ++(answer.status == 401 || answer.status == 400 ? unauthorized : other);
      }
    });
  }
  await_equal("cores that do not read", soon_ms, std::int64_t{1},
              [&] { return readiness(system, "cores_not_reading"); });
  CHECK(metric(system, "acq_admission_cores_not_reading") <= 1);
  for (auto& stranger : strangers) stranger.join();
  // Everybody waited, and everybody was answered.
  CHECK(unauthorized == 12);
  CHECK(other == 0);
  CHECK(metric(system, "acq_admission_pauses_total") >= 1);
  await_equal("cores that do not read", soon_ms, std::int64_t{0},
              [&] { return readiness(system, "cores_not_reading"); });
  CHECK(system.merchant().create(Order{.number = "after-1"}).status == 202);
}
