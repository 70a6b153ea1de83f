// The payments of a load: repeatable, distinct, with fates in the asked proportion.
#include "loadtest/load/order_mix.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>

using namespace acq;
using namespace acq::load;

namespace {

OrderMix mix_of(std::vector<FateWeight> weights, Kind kind = Kind::both) {
  OrderMix mix;
  mix.run_id = "fs-12345678";
  mix.seed = 42;
  mix.kind = kind;
  mix.currency = *Currency::parse("CNY");
  mix.callback_url = "http://127.0.0.1:1/callbacks";
  mix.weights = std::move(weights);
  return mix;
}

}  // namespace

TEST_CASE("the n-th payment is the same whenever it is asked for, and its fields keep to the contract") {
  const OrderMix mix = mix_of(fated_mix());
  std::set<std::string> numbers;
  for (std::size_t n = 0; n < 2'000; ++n) {
    const PaymentRequest a = mix.request_of(n);
    const PaymentRequest b = mix.request_of(n);
    CHECK(a.amount == b.amount);
    CHECK(a.code == b.code);
    CHECK(a.merchant_order_id == b.merchant_order_id);
    CHECK(a.merchant_order_id.size() <= limits::merchant_order_id_bytes_max);
    CHECK(a.amount > 0);
    CHECK(a.code.size() == (a.method == MethodType::barcode ? 18 : 0));
    numbers.insert(a.merchant_order_id);
  }
  CHECK(numbers.size() == 2'000);
}

TEST_CASE("a plain mix only succeeds") {
  const OrderMix mix = mix_of(plain_mix());
  for (std::size_t n = 0; n < 500; ++n) CHECK(mix.amount_of(n) % 100 == 0);
}

TEST_CASE("fates come about as often as their weights say") {
  const OrderMix mix = mix_of(fated_mix());
  std::map<std::int64_t, int> seen;
  for (std::size_t n = 0; n < 20'000; ++n) ++seen[mix.amount_of(n) % 100];
  CHECK(seen.size() == 5);
  CHECK(seen[0] == Approx(18'000).epsilon(0.03));
  CHECK(seen[51] == Approx(800).epsilon(0.15));
  CHECK(seen[54] == Approx(400).epsilon(0.2));
}

TEST_CASE("another seed makes other amounts") {
  OrderMix a = mix_of(plain_mix());
  OrderMix b = a;
  b.seed = 43;
  int different = 0;
  for (std::size_t n = 0; n < 100; ++n) different += a.amount_of(n) != b.amount_of(n);
  CHECK(different > 90);
}

TEST_CASE("a mix is read, and a wrong one is refused with a sentence") {
  const auto mix = parse_mix("success=90,51=5,55=1");
  REQUIRE(mix.has_value());
  CHECK(*mix == std::vector<FateWeight>{{0, 90}, {51, 5}, {55, 1}});
  const std::string wrong = GENERATE("", "success", "success=x", "99=1", "51=0", "success=1,,51=1", "=1", "51=-1");
  CAPTURE(wrong);
  const auto refused = parse_mix(wrong);
  REQUIRE_FALSE(refused.has_value());
  CHECK_FALSE(refused.error().detail.empty());
}

TEST_CASE("the channel's fates end as conventions say") {
  CHECK(expected_end(1'051).state == PaymentState::declined);
  CHECK(expected_end(1'051).decline_code == "insufficient_funds");
  CHECK(expected_end(1'052).decline_code == "expired_code");
  for (const std::int64_t amount : {1'000, 1'053, 1'054, 1'055, 1'056}) {
    CHECK(expected_end(amount).state == PaymentState::succeeded);
  }
}
