// Admission as one core sees it: both gates, what a refusal says, and when it stops reading.
#include "gateway/admission.hpp"
#include "common/limits.hpp"

#include <catch2/catch.hpp>

#include "common/limits.hpp"
#include "gateway/prepared_problem.hpp"

using namespace acq;
using namespace acq::gateway;

namespace {

constexpr std::int64_t start_ns = 1'000 * second_ns;
constexpr AdmissionRules rules{.in_flight_max = 100,
                               .reserved_percent = 10,
                               .merchant_rate_per_second = 10,
                               .merchant_in_flight_max = 4,
                               .refusals_per_second_max = 1'000};

struct Gate {
  GatewayLoad load{1, rules.in_flight_max};
  MerchantShares merchants;
  Admission admission{rules, load, merchants, 0};

  Merchant merchant(std::int32_t rate = 0, std::int32_t in_flight = 0) {
    Merchant made;
    made.id.bytes.back() = ++made_;
    made.rate_per_second = rate;
    made.in_flight_max = in_flight;
    return made;
  }
  /// What became of one request that ends at once.
  std::optional<Errc> ask(const Merchant& merchant, std::int64_t now_ns, WorkKind kind = WorkKind::create) {
    auto entry = admission.enter(kind);
    RateLeft rate;
    const auto refusal = admission.enter_merchant(entry, merchant, now_ns, rate);
    return refusal ? std::optional(refusal->code) : std::nullopt;
  }

 private:
  std::uint8_t made_ = 0;
};

std::string header(const http::Response& response, std::string_view name) {
  for (const auto& [known, value] : response.headers) {
    if (known == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("a full gateway refuses creates, still takes queries, and room comes back") {
  Gate gate;
  std::vector<Admission::Entry> entries;
  while (!gate.admission.look(WorkKind::create, start_ns)) entries.push_back(gate.admission.enter(WorkKind::create));
  CHECK(entries.size() == 70);
  CHECK(gate.admission.crowded());
  CHECK(gate.admission.look(WorkKind::create, start_ns)->code == Errc::overloaded);
  CHECK_FALSE(gate.admission.look(WorkKind::query, start_ns));
  CHECK_FALSE(gate.admission.look(WorkKind::change, start_ns));
  CHECK_FALSE(gate.admission.look(WorkKind::notification, start_ns));
  CHECK(gate.admission.look(WorkKind::signature_check, start_ns)->code == Errc::overloaded);
  entries.pop_back();
  CHECK_FALSE(gate.admission.look(WorkKind::create, start_ns));
  entries.clear();
  CHECK(gate.load.in_flight() == 0);
  CHECK_FALSE(gate.admission.crowded());
}

TEST_CASE("Retry-After of an overload follows how fast places become free") {
  Gate gate;
  std::vector<Admission::Entry> entries;
  while (!gate.admission.look(WorkKind::create, start_ns)) entries.push_back(gate.admission.enter(WorkKind::create));
  // Ten a second become free: those who are refused get ten turns a second.
  std::int64_t now_ns = start_ns;
  for (int i = 0; i < 20; ++i) {
    now_ns += second_ns / 10;
    entries.pop_back();
    entries.push_back(gate.admission.enter(WorkKind::create));
    CHECK(gate.admission.look(WorkKind::create, now_ns)->retry_after_ms >= 1'000);
  }
  std::int64_t last_ms = gate.admission.look(WorkKind::create, now_ns)->retry_after_ms;
  for (int i = 0; i < 50; ++i) {
    const auto next_ms = gate.admission.look(WorkKind::create, now_ns)->retry_after_ms;
    CHECK(next_ms - last_ms >= 99);
    CHECK(next_ms - last_ms <= 101);
    last_ms = next_ms;
  }
}

TEST_CASE("a merchant over its rate is refused, its neighbour and its own queries are not") {
  Gate gate;
  const auto seller = gate.merchant();
  const auto neighbour = gate.merchant();
  int allowed = 0;
  for (int i = 0; i < 100; ++i) {
    const auto refused = gate.ask(seller, start_ns);
    CHECK((!refused || *refused == Errc::rate_limited));
    allowed += refused ? 0 : 1;
    if (i % 10 == 0) CHECK_FALSE(gate.ask(neighbour, start_ns));
  }
  CHECK(allowed == 10);
  CHECK_FALSE(gate.ask(seller, start_ns, WorkKind::query));
  CHECK_FALSE(gate.ask(seller, start_ns, WorkKind::change));
  CHECK(gate.load.in_flight() == 0);
}

TEST_CASE("a merchant's own numbers go before the defaults") {
  Gate gate;
  const auto large = gate.merchant(50);
  int allowed = 0;
  for (int i = 0; i < 100; ++i) allowed += gate.ask(large, start_ns) ? 0 : 1;
  CHECK(allowed == 50);

  const auto narrow = gate.merchant(0, 1);
  RateLeft rate;
  auto first = gate.admission.enter(WorkKind::create);
  CHECK_FALSE(gate.admission.enter_merchant(first, narrow, start_ns, rate));
  CHECK(gate.ask(narrow, start_ns) == Errc::too_many_in_flight);
  const auto wide = gate.merchant();
  std::vector<Admission::Entry> entries;
  for (int i = 0; i < 4; ++i) {
    entries.push_back(gate.admission.enter(WorkKind::create));
    CHECK_FALSE(gate.admission.enter_merchant(entries.back(), wide, start_ns, rate));
  }
  CHECK(gate.ask(wide, start_ns) == Errc::too_many_in_flight);
  entries.clear();
  CHECK_FALSE(gate.ask(wide, start_ns));
}

TEST_CASE("who finds no place has used nothing of his rate") {
  Gate gate;
  const auto merchant = gate.merchant(3, 1);
  RateLeft rate;
  {
    auto first = gate.admission.enter(WorkKind::create);
    REQUIRE_FALSE(gate.admission.enter_merchant(first, merchant, start_ns, rate));
    for (int i = 0; i < 10; ++i) CHECK(gate.ask(merchant, start_ns) == Errc::too_many_in_flight);
  }
  CHECK_FALSE(gate.ask(merchant, start_ns));
  CHECK_FALSE(gate.ask(merchant, start_ns));
  CHECK(gate.ask(merchant, start_ns) == Errc::rate_limited);
}

TEST_CASE("signature checks have the lowest share: a rate for the whole gateway, and nothing when it is crowded") {
  Gate gate;
  int allowed = 0;
  for (int i = 0; i < 1'000; ++i) allowed += gate.admission.take_signature_check(start_ns) ? 0 : 1;
  CHECK(allowed == limits::signature_checks_per_second);
  CHECK(gate.admission.take_signature_check(start_ns)->code == Errc::rate_limited);
}

TEST_CASE("merchants are told what is left of their rate when that is less than a fifth") {
  Gate gate;
  const auto merchant = gate.merchant();
  RateLeft rate;
  for (int left = 9; left >= 0; --left) {
    auto entry = gate.admission.enter(WorkKind::create);
    REQUIRE_FALSE(gate.admission.enter_merchant(entry, merchant, start_ns, rate));
    CHECK(rate.left == left);
    CHECK(rate.worth_telling() == (left < 2));
  }
  http::Response response;
  rate.tell(response);
  CHECK(header(response, "RateLimit-Policy") == "\"create\";q=10;w=1");
  CHECK(header(response, "RateLimit") == "\"create\";r=0;t=1");
  CHECK_FALSE(RateLeft{}.worth_telling());
}

TEST_CASE("refusing has an allowance: spent, it says stop; half of it back, it says go on") {
  RefusalAllowance allowance(1'000);  // a hundred at once
  constexpr std::int64_t now_ms = 1'000'000;
  for (int i = 0; i < 99; ++i) CHECK_FALSE(allowance.spend(1, now_ms));
  CHECK(allowance.spend(1, now_ms));
  CHECK(allowance.left(now_ms) == 0);
  CHECK(allowance.spend(10, now_ms));  // a debt
  CHECK(allowance.left(now_ms + 5) == 0);
  CHECK_FALSE(allowance.recovered(now_ms + 59));
  CHECK(allowance.recovered(now_ms + 60));
  CHECK(allowance.left(now_ms + 60) == 50);
  CHECK(allowance.left(now_ms + 3'600'000) == 100);

  RefusalAllowance small(3);  // less than one in a look's time is not lost
  while (!small.spend(1, now_ms)) continue;
  std::int64_t at_ms = now_ms;
  while (!small.recovered(at_ms)) ++at_ms;
  CHECK(at_ms - now_ms <= 400);

  RefusalAllowance endless(0);
  for (int i = 0; i < 1'000; ++i) CHECK_FALSE(endless.spend(100, now_ms));
}

TEST_CASE("a prepared problem is what would have been written, with its own time to wait") {
  for (const auto code : {Errc::overloaded, Errc::rate_limited, Errc::too_many_in_flight}) {
    for (const auto money : {codec::MoneyWord::none, codec::MoneyWord::not_looked_up}) {
      const PreparedProblem prepared(code, money);
      std::string written;
      codec::write_problem(written, {.code = code, .request_id = "req_0123456789abcdef", .money = money});
      const auto answer = prepared.answer("req_0123456789abcdef", entry_of(code).retry_after_ms);
      CHECK(answer.body == written);
      CHECK(answer.status == http_status(code));
      CHECK(answer.content_type == "application/problem+json");
      const auto other = prepared.answer("req_x", 12'345);
      CHECK_THAT(other.body, Catch::Contains("\"after_ms\":12345,"));
      CHECK_THAT(other.body, Catch::Contains("\"req_x\""));
      CHECK(header(other, "Retry-After") == "13");
    }
  }
}
