// Records that cannot be applied are parked once, with their bytes and a reason, and what comes behind them flows
// (P11).
#include <catch2/catch.hpp>

#include "common/codec/intent_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

PaymentRequested intent_for(const MerchantId& merchant, const std::string& number) {
  const auto now = runtime::unix_ms();
  PaymentRequested intent;
  intent.payment_id = make_payment_id(now, route_hash(merchant, number), crypto::random_word());
  intent.intent_id.bytes = intent.payment_id.bytes;
  intent.merchant_id = merchant;
  intent.merchant_order_id = number;
  intent.amount = 1'000;
  intent.currency = Currency::parse("CNY").value();
  intent.accepted_at_ms = now;
  intent.expires_at_ms = now + 900'000;
  return intent;
}

std::int32_t home_of(const PaymentRequested& intent) {
  return partition_of(route_of(intent.payment_id), Topic::partitions);
}

}  // namespace

TEST_CASE("Poison on the log is parked once with its bytes, and the stream flows on (P11, P16)") {
  System system;
  const auto merchant = system.merchant().id();
  struct Poison {
    std::string code;
    std::int32_t partition;
    std::string key;
    std::string value;
    std::int64_t offset = -1;
  };
  std::vector<Poison> all;

  const auto good = intent_for(merchant, "poison-0");
  all.push_back({"undecodable", 0, good.payment_id.text(), std::string("\x00\xff no JSON", 10)});
  all.push_back({"undecodable", 1, "", ""});

  const auto later = intent_for(merchant, "poison-1");
  std::string other_version = codec::encode_intent(later);
  REQUIRE(other_version.starts_with(R"({"v":1,)"));
  other_version[5] = '2';
  all.push_back({"undecodable", home_of(later), later.payment_id.text(), other_version});

  const auto keyed = intent_for(merchant, "poison-2");
  all.push_back({"wrong_key", home_of(keyed), good.payment_id.text(), codec::encode_intent(keyed)});

  const auto astray = intent_for(merchant, "poison-3");
  all.push_back({"wrong_partition", 1 - home_of(astray), astray.payment_id.text(), codec::encode_intent(astray)});

  const auto unknown = intent_for(make_merchant_id(runtime::unix_ms(), 1, 2), "poison-4");
  all.push_back({"unknown_merchant", home_of(unknown), unknown.payment_id.text(), codec::encode_intent(unknown)});

  for (auto& poison : all) poison.offset = system.topic().produce(poison.partition, poison.key, poison.value);
  // Payments behind the poison, on both partitions.
  for (int i = 0; i < 8; ++i) {
    const Order order{.number = "behind-" + std::to_string(i), .callback_url = system.callback_url()};
    const auto answer = system.merchant().create(order);
    REQUIRE(answer.status == 202);
    system.await_state(answer.text("payment_id"), "succeeded", soon_ms);
  }
  system.await_settled(soon_ms);

  // Read again by a worker that starts anew: parked once all the same.
  system.stop("settlement-1");
  system.start("settlement-1");
  system.await_settled(soon_ms);
  CHECK(system.database().number("SELECT COUNT(*) FROM dead_letters") == static_cast<std::int64_t>(all.size()));
  for (const auto& poison : all) {
    INFO(poison.code << " at " << poison.partition << ":" << poison.offset);
    const auto rows = system.database().rows(
        "SELECT code, record, reason FROM dead_letters WHERE partition_id = ? AND log_offset = ?",
        {std::int64_t{poison.partition}, poison.offset});
    REQUIRE(rows.size() == 1);
    CHECK(mariadb::text(rows.front()[0]) == poison.code);
    CHECK(mariadb::text(rows.front()[1]) == poison.value);
    CHECK_FALSE(mariadb::text(rows.front()[2]).empty());
  }
  CHECK(system.database().number("SELECT COUNT(*) FROM payments") == 8);
  CHECK(system.charges_in_all() == 8);
  // What is parked is ours to mend: its merchant sees it as processing.
  CHECK(system.merchant().payment(keyed.payment_id.text()).text("state") == "processing");
}
