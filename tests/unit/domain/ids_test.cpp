// Ids: the TypeID text, the UUIDv7 layout, the route that an id carries.
#include "common/domain/ids.hpp"

#include <catch2/catch.hpp>
#include <unordered_set>

using namespace acq;

namespace {

PaymentId from_hex(std::string_view hex) {
  PaymentId id;
  std::size_t digit = 0;
  for (const char c : hex) {
    if (c == '-') continue;
    const auto value = static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    auto& byte = id.bytes[digit / 2];
    byte = static_cast<std::uint8_t>(byte * 16U + value);
    ++digit;
  }
  return id;
}

struct Vector {
  std::string_view uuid;
  std::string_view suffix;
};

}  // namespace

TEST_CASE("ids print and parse as the TypeID specification's vectors say") {
  const auto vector = GENERATE(Vector{"00000000-0000-0000-0000-000000000000", "00000000000000000000000000"},
                               Vector{"00000000-0000-0000-0000-000000000001", "00000000000000000000000001"},
                               Vector{"00000000-0000-0000-0000-00000000000a", "0000000000000000000000000a"},
                               Vector{"00000000-0000-0000-0000-000000000010", "0000000000000000000000000g"},
                               Vector{"00000000-0000-0000-0000-000000000020", "00000000000000000000000010"},
                               Vector{"ffffffff-ffff-ffff-ffff-ffffffffffff", "7zzzzzzzzzzzzzzzzzzzzzzzzz"},
                               Vector{"0110c853-1d09-52d8-d73e-1194e95b5f19", "0123456789abcdefghjkmnpqrs"},
                               Vector{"01890a5d-ac96-774b-bcce-b302099a8057", "01h455vb4pex5vsknk084sn02q"},
                               Vector{"01893726-efee-7f02-8fbf-9f2b7bc2f910", "01h4vjdvzefw18zfwz5dxw5y8g"});
  const auto id = from_hex(vector.uuid);
  CHECK(id.text() == "pay_" + std::string(vector.suffix));
  REQUIRE(PaymentId::parse(id.text()));
  CHECK(*PaymentId::parse(id.text()) == id);
}

TEST_CASE("only the exact text of an id is read") {
  const auto text =
      GENERATE(as<std::string>{}, "", "pay_", "pay_01h455vb4pex5vsknk084sn02", "pay_01h455vb4pex5vsknk084sn02q0",
               "PAY_01h455vb4pex5vsknk084sn02q", "pay_01H455VB4PEX5VSKNK084SN02Q", "mer_01h455vb4pex5vsknk084sn02q",
               "pay_8zzzzzzzzzzzzzzzzzzzzzzzzz", "pay_zzzzzzzzzzzzzzzzzzzzzzzzzz", "pay_01h455vb4pex5vsknk084sn02i",
               "pay_01h455vb4pex5vsknk084sn02l", "pay_01h455vb4pex5vsknk084sn02o", "pay_01h455vb4pex5vsknk084sn02u",
               "pay_-1h455vb4pex5vsknk084sn02q", " pay_01h455vb4pex5vsknk084sn02q", "01h455vb4pex5vsknk084sn02q");
  CHECK_FALSE(PaymentId::parse(text));
}

TEST_CASE("a payment id is a UUIDv7 that carries its time and its route") {
  const auto random = GENERATE(std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{0x0123456789abcdef});
  const auto id = make_payment_id(0x0193'5d2e'7a10, 0xbeef, random);
  CHECK(id.unix_ms() == 0x0193'5d2e'7a10);
  CHECK(id.bytes[6] >> 4 == 7);     // version
  CHECK(id.bytes[8] >> 6 == 0b10);  // variant
  CHECK(route_of(id) == 0xbeef);
  CHECK(PaymentId::from_raw(id.raw()) == id);
}

TEST_CASE("every one of the 58 random bits of a payment id counts, and no other") {
  std::unordered_set<PaymentId> seen{make_payment_id(1, 7, 0)};
  for (int i = 0; i < 58; ++i) CHECK(seen.insert(make_payment_id(1, 7, std::uint64_t{1} << i)).second);
  for (int i = 58; i < 64; ++i) CHECK(make_payment_id(1, 7, std::uint64_t{1} << i) == make_payment_id(1, 7, 0));
}

TEST_CASE("RFC 9562's example of a UUIDv7 is made of its own parts") {
  // Appendix A.6: unix_ts_ms 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
  const auto id = make_merchant_id(0x017F'22E2'79B0, 0xCC3, 0x18C4'DC0C'0C07'398F);
  CHECK(id.raw() == from_hex("017f22e2-79b0-7cc3-98c4-dc0c0c07398f").raw());
}

TEST_CASE("later ids sort later, as bytes and as text") {
  const auto early = make_payment_id(1'700'000'000'000, 0xffff, ~std::uint64_t{0});
  const auto late = make_payment_id(1'700'000'000'001, 0, 0);
  CHECK(early < late);
  CHECK(early.text() < late.text());
}

TEST_CASE("raw bytes of another length are no id") {
  CHECK_FALSE(PaymentId::from_raw("fifteen bytes.."));
  CHECK_FALSE(PaymentId::from_raw(""));
}

TEST_CASE("FNV-1a gives its published values") {
  CHECK(fnv1a_64("") == 0xcbf29ce484222325);
  CHECK(fnv1a_64("a") == 0xaf63dc4c8601ec8c);
  CHECK(fnv1a_64("foobar") == 0x85944171f73967e8);
  CHECK(fnv1a_64("bar", fnv1a_64("foo")) == fnv1a_64("foobar"));
}

TEST_CASE("the route is the hash of merchant and number, folded to 16 bits") {
  const auto merchant = make_merchant_id(1, 2, 3);
  const auto hash = fnv1a_64(std::string(merchant.raw()) + "order-1");
  const auto folded = static_cast<std::uint16_t>(hash ^ (hash >> 16) ^ (hash >> 32) ^ (hash >> 48));
  CHECK(route_hash(merchant, "order-1") == folded);
  CHECK(route_hash(merchant, "order-1") != route_hash(merchant, "order-2"));
  CHECK(route_hash(merchant, "order-1") != route_hash(make_merchant_id(1, 2, 4), "order-1"));
}

TEST_CASE("routes spread evenly over the partitions") {
  const auto merchant = make_merchant_id(1'700'000'000'000, 42, 43);
  std::array<int, 12> counts{};
  for (int i = 0; i < 12'000; ++i) {
    const auto partition = partition_of(route_hash(merchant, "order-" + std::to_string(i)), 12);
    REQUIRE(partition >= 0);
    REQUIRE(partition < 12);
    ++counts[static_cast<std::size_t>(partition)];
  }
  for (const int count : counts) CHECK(std::abs(count - 1000) < 200);  // six standard deviations
}

TEST_CASE("derived names repeat themselves") {
  const auto id = from_hex("01890a5d-ac96-774b-bcce-b302099a8057");
  CHECK(event_id(id, 3) == "evt_01h455vb4pex5vsknk084sn02q_3");
  CHECK(channel_request_id(id, 1) == "pay_01h455vb4pex5vsknk084sn02q-1");
}

TEST_CASE("a later intent's id keeps the route of its payment") {
  for (std::uint32_t route = 0; route <= 0xffff; route += 257) {
    const auto payment = make_payment_id(5, static_cast<std::uint16_t>(route), 42);
    const auto intent = make_intent_id(0x0193'5d2e'7a10, route_of(payment), 43);
    CHECK(route_of(intent) == route);
    for (const auto partitions : {1, 3, 12}) {
      CHECK(partition_of(route_of(intent), partitions) == partition_of(route_of(payment), partitions));
    }
  }
  const auto id = make_intent_id(0x0193'5d2e'7a10, 7, ~std::uint64_t{0});
  CHECK(id.unix_ms() == 0x0193'5d2e'7a10);
  CHECK(id.bytes[6] >> 4 == 7);
  CHECK(id.bytes[8] >> 6 == 0b10);
  CHECK(IntentId::parse(id.text()) == id);
  CHECK(id.text().starts_with("int_"));
  CHECK(make_intent_id(1, 7, 1) != make_intent_id(1, 7, 2));
}

TEST_CASE("an automatic refund's id is one per attempt, made again from the payment alone") {
  const auto payment = from_hex("01890a5d-ac96-774b-bcce-b302099a8057");
  CHECK(automatic_refund_id(payment, 1).text() ==
        "ref_01h455vb4pfnkrkmf69v54k02q");  // stored in databases: it must never change
  CHECK(automatic_refund_id(payment, 20).text() == "ref_01h455vb4pf458a0phbjh9d02q");
  std::unordered_set<RefundId> seen;
  for (std::int32_t attempt = 1; attempt <= 20; ++attempt) {
    const auto id = automatic_refund_id(payment, attempt);
    CHECK(seen.insert(id).second);
    CHECK(id == automatic_refund_id(payment, attempt));
    CHECK(route_of(same_bytes<PaymentId>(id)) == route_of(payment));
    CHECK(id.unix_ms() == payment.unix_ms());
    CHECK(id.bytes[6] >> 4 == 7);
    CHECK(id.bytes[8] >> 6 == 0b10);
    CHECK(RefundId::parse(id.text()) == id);
  }
  for (std::uint64_t i = 0; i < 1'000; ++i) CHECK(seen.insert(automatic_refund_id(make_payment_id(1, 7, i), 1)).second);
  CHECK(automatic_refund_request_id(payment, 2) == "pay_01h455vb4pex5vsknk084sn02q-2-auto");
}
