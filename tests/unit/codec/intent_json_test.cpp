// Intents on the log: there and back, and every way to be undecodable.
#include "common/codec/intent_json.hpp"

#include <catch2/catch.hpp>

#include "tests/support/result_text.hpp"

using namespace acq;
using namespace acq::codec;

namespace {

constexpr std::int64_t now = 1'795'508'130'000;

PaymentRequested whole() {
  PaymentRequested intent;
  intent.payment_id = make_payment_id(now, 0xbeef, 42);
  intent.intent_id.bytes = intent.payment_id.bytes;
  intent.merchant_id = make_merchant_id(now, 1, 2);
  intent.merchant_order_id = "order-1";
  intent.attempt = 3;
  intent.amount = 1234;
  intent.currency = *Currency::parse("CNY");
  intent.method = MethodType::barcode;
  intent.sealed_code = std::string("\x01\x00\xff\xfe", 4) + std::string(49, '\x7f');
  intent.description = "两杯茶 \"x\"";
  intent.callback_url = "http://127.0.0.1:18085/callbacks";
  intent.metadata = {{"b", "2"}, {"a", std::string("\0\n", 2)}};
  intent.accepted_at_ms = now;
  intent.expires_at_ms = now + 60'000;
  intent.fingerprint = {0, 1, 0xffffffff, 3, 4, 5, 6};
  intent.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  return intent;
}

void check_equal(const PaymentRequested& a, const PaymentRequested& b) {
  CHECK(a.intent_id == b.intent_id);
  CHECK(a.payment_id == b.payment_id);
  CHECK(a.merchant_id == b.merchant_id);
  CHECK(a.merchant_order_id == b.merchant_order_id);
  CHECK(a.attempt == b.attempt);
  CHECK(a.amount == b.amount);
  CHECK(a.currency == b.currency);
  CHECK(a.method == b.method);
  CHECK(a.sealed_code == b.sealed_code);
  CHECK(a.description == b.description);
  CHECK(a.callback_url == b.callback_url);
  CHECK(a.metadata == b.metadata);
  CHECK(a.accepted_at_ms == b.accepted_at_ms);
  CHECK(a.expires_at_ms == b.expires_at_ms);
  CHECK(a.fingerprint == b.fingerprint);
  CHECK(a.traceparent == b.traceparent);
}

CloseRequested whole_close() {
  CloseRequested close;
  close.payment_id = make_payment_id(now - 9'000, 0xbeef, 42);
  close.intent_id = make_intent_id(now, 0xbeef, 43);
  close.merchant_id = make_merchant_id(now, 1, 2);
  close.merchant_order_id = "order-1";
  close.attempt = 3;
  close.accepted_at_ms = now;
  close.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  return close;
}

ChannelNotified whole_notification() {
  ChannelNotified notified;
  notified.payment_id = make_payment_id(now - 9'000, 0xbeef, 42);
  notified.intent_id = make_intent_id(now, 0xbeef, 44);
  notified.attempt = 2;
  notified.accepted_at_ms = now;
  notified.answer = "{\"status\" : \"succeeded\",\n \"shop\":\"茶\"}";
  return notified;
}

RefundRequested whole_refund() {
  RefundRequested refund;
  refund.refund_id = make_refund_id(now, 0xbeef, 43);
  refund.intent_id = same_bytes<IntentId>(refund.refund_id);
  refund.payment_id = make_payment_id(now, 0xbeef, 42);
  refund.merchant_id = make_merchant_id(now, 1, 2);
  refund.merchant_order_id = "order-1";
  refund.merchant_refund_id = "refund_1-A";
  refund.amount = limits::amount_minor_max;
  refund.currency = *Currency::parse("CNY");
  refund.reason = "退货 \"x\"";
  refund.accepted_at_ms = now;
  refund.fingerprint = {0, 0xffffffff, 7};
  refund.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  return refund;
}

void check_equal(const RefundRequested& a, const RefundRequested& b) {
  CHECK(a.intent_id == b.intent_id);
  CHECK(a.refund_id == b.refund_id);
  CHECK(a.payment_id == b.payment_id);
  CHECK(a.merchant_id == b.merchant_id);
  CHECK(a.merchant_order_id == b.merchant_order_id);
  CHECK(a.merchant_refund_id == b.merchant_refund_id);
  CHECK(a.amount == b.amount);
  CHECK(a.currency == b.currency);
  CHECK(a.reason == b.reason);
  CHECK(a.accepted_at_ms == b.accepted_at_ms);
  CHECK(a.fingerprint == b.fingerprint);
  CHECK(a.traceparent == b.traceparent);
}

void check_equal(const CloseRequested& a, const CloseRequested& b) {
  CHECK(a.intent_id == b.intent_id);
  CHECK((a.payment_id == b.payment_id));
  CHECK(a.merchant_id == b.merchant_id);
  CHECK(a.merchant_order_id == b.merchant_order_id);
  CHECK(a.attempt == b.attempt);
  CHECK(a.accepted_at_ms == b.accepted_at_ms);
  CHECK(a.traceparent == b.traceparent);
}

void check_equal(const ChannelNotified& a, const ChannelNotified& b) {
  CHECK(a.intent_id == b.intent_id);
  CHECK(a.payment_id == b.payment_id);
  CHECK(a.attempt == b.attempt);
  CHECK(a.accepted_at_ms == b.accepted_at_ms);
  CHECK(a.answer == b.answer);
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("an intent comes back from its bytes") {
  auto intent = whole();
  SECTION("with every member") {}
  SECTION("with the required ones only") {
    intent.method = MethodType::qr;
    intent.sealed_code.clear();
    intent.description.clear();
    intent.callback_url.clear();
    intent.metadata.clear();
    intent.traceparent.clear();
  }
  const auto back = decode_intent(encode_intent(intent));
  REQUIRE(back);
  check_equal(std::get<PaymentRequested>(*back), intent);
}

TEST_CASE("the largest intent fits the log") {
  auto intent = whole();
  intent.merchant_order_id = std::string(64, 'o');
  intent.description.clear();
  for (int i = 0; i < 128; ++i) intent.description += "\xf0\x9f\x8d\xb5";
  intent.callback_url = "https://shop.example/" + std::string(1003, 'a');
  intent.metadata = {{"k", std::string(1023, '\x01')}};  // six bytes each when escaped
  intent.sealed_code = std::string(128, 's');
  const auto bytes = encode_intent(intent);
  CHECK(bytes.size() < limits::intent_bytes_max);
  const auto back = decode_intent(bytes);
  REQUIRE(back);
  check_equal(std::get<PaymentRequested>(*back), intent);
}

TEST_CASE("what is no intent says why, without repeating it") {
  const auto good = encode_intent(whole());
  const auto [what, by, reason] = GENERATE(table<const char*, const char*, const char*>({
      {"\"v\":1", "\"v\":2", "v is another version than ours"},
      {"\"v\":1,", "", "v is missing"},
      {"\"payment_requested\"", "\"payout_requested\"", "type is not one that we know"},
      {"\"type\":\"payment_requested\",", "", "type is missing"},
      {"\"intent_id\":\"int_", "\"intent_id\":\"pay_", "intent_id is malformed"},
      {"\"payment_id\":\"pay_0", "\"payment_id\":\"pay_8", "payment_id is malformed"},
      {"\"order-1\"", "\"order 1\"", "merchant_order_id is malformed"},
      {"\"order-1\"", "\"\"", "merchant_order_id is malformed"},
      {"\"attempt\":3", "\"attempt\":0", "attempt is out of range"},
      {"\"attempt\":3", "\"attempt\":21", "attempt is out of range"},
      {"\"amount\":1234", "\"amount\":0", "amount is out of range"},
      {"\"amount\":1234", "\"amount\":12.34", "amount is no 64-bit integer"},
      {"\"amount\":1234", "\"amount\":\"1234\"", "amount is a string"},
      {"\"amount\":1234", "\"amount\":null", "amount is null"},
      {"\"amount\":1234", "\"amount\":[1234]", "amount is an array"},
      {"\"amount\":1234", "\"amount\":{}", "amount is an object"},
      {"\"amount\":1234", "\"amount\":true", "amount is a boolean"},
      {"\"CNY\"", "\"cny\"", "currency is malformed"},
      {"\"barcode\"", "\"card\"", "method is of an unknown type"},
      {"\"barcode\"", "\"qr\"", "method and sealed_code do not agree"},
      {"\"sealed_code\":\"AQ", "\"sealed_code\":\"A*", "method has no sealed code"},
      {"\"sealed_code\"", "\"code\"", "method has an unknown member"},
      {"\"http://127", "\"ftp://127", "callback_url is malformed"},
      {"\"accepted_at\":1795508130000", "\"accepted_at\":-1", "accepted_at is out of range"},
      {"[0,1,", "[1,", "fingerprint has too few elements"},
      {"[0,1,", "[0,0,1,", "fingerprint has too many elements"},
      {"[0,1,", "[-1,1,", "fingerprint is out of range"},
      {"4294967295", "4294967296", "fingerprint is out of range"},
      {"[0,1,", "[[0],1,", "fingerprint is an array"},
      {"\"00-4bf9", "\"0-4bf9", "traceparent is malformed"},
      {"\"b\":\"2\"", "\"\":\"2\"", "metadata is too large or has an empty key"},
      {"\"b\":\"2\"", "\"b\":2", "metadata is a number"},
      {"\"description\"", "\"describtion\"", "the intent has an unknown member"},
      {"\"amount\":1234", "\"amount\":1234,\"amount\":1234", "a member name occurs twice"},
  }));
  INFO(what << " -> " << by);
  const auto decoded = decode_intent(replaced(good, what, by));
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == Errc::undecodable);
  CHECK(decoded.error().detail == reason);
}

TEST_CASE("a request to close comes back from its bytes, with its payment known or not") {
  auto close = whole_close();
  SECTION("with every member") {}
  SECTION("before its payment (P12)") {
    close.payment_id.reset();
    close.traceparent.clear();
  }
  const auto back = decode_intent(encode_intent(close));
  REQUIRE(back);
  check_equal(std::get<CloseRequested>(*back), close);
  CHECK(id_of(*back) == close.intent_id);
  CHECK(record_key(*back) == close.intent_id.text());
}

TEST_CASE("a channel's notification comes back from its bytes, its body as it came") {
  auto notified = whole_notification();
  SECTION("small") {}
  SECTION("as large as one may be") {
    notified.answer = "{\"x\":\"" + std::string(limits::notification_bytes_max - 8, '"') + "\"}";
    REQUIRE(notified.answer.size() == limits::notification_bytes_max);
  }
  const auto bytes = encode_intent(notified);
  CHECK(bytes.size() < limits::intent_bytes_max);
  const auto back = decode_intent(bytes);
  REQUIRE(back);
  check_equal(std::get<ChannelNotified>(*back), notified);
  CHECK(record_key(*back) == notified.intent_id.text());
}

TEST_CASE("a record's key is a first attempt's payment, else its intent") {
  auto intent = whole();
  intent.attempt = 1;
  CHECK(record_key(intent) == intent.payment_id.text());
  intent.attempt = 2;
  intent.intent_id = make_intent_id(now, 0xbeef, 45);
  CHECK(record_key(intent) == intent.intent_id.text());
}

TEST_CASE("the order of members says nothing") {
  const auto close = decode_intent(
      R"({"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","attempt":3,)"
      R"("merchant_order_id":"order-1","accepted_at":1795508130000,"merchant_id":"mer_01kat7wx7gfj0thvb2w8x6e3nd",)"
      R"("intent_id":"int_01kat7x0000000000000000000","type":"close_requested","v":1})");
  REQUIRE(close);
  CHECK(std::get<CloseRequested>(*close).attempt == 3);
  const auto notified = decode_intent(
      R"({"answer":"{}","attempt":2,"accepted_at":1795508130000,"payment_id":"pay_01kat7wx7gew1v1f0rj2m3q9bz",)"
      R"("intent_id":"int_01kat7x0000000000000000000","type":"channel_notified","v":1})");
  REQUIRE(notified);
  CHECK(std::get<ChannelNotified>(*notified).answer == "{}");
}

TEST_CASE("what is no request to close says why, without repeating it") {
  const auto good = encode_intent(whole_close());
  const auto [what, by, reason] = GENERATE(table<const char*, const char*, const char*>({
      {"\"v\":1", "\"v\":2", "v is another version than ours"},
      {"\"v\":1,", "", "v is missing or malformed"},
      {"\"v\":1", "\"v\":\"1\"", "v is missing or malformed"},
      {"\"close_requested\"", "\"payout_requested\"", "type is not one that we know"},
      {"\"type\":\"close_requested\",", "", "type is missing"},
      {"\"intent_id\":\"int_", "\"intent_id\":\"pay_", "intent_id is missing or malformed"},
      {"\"intent_id\"", "\"intent\"", "intent_id is missing or malformed"},
      {"\"payment_id\":\"pay_0", "\"payment_id\":\"pay_8", "payment_id is missing or malformed"},
      {"\"merchant_id\":\"mer_", "\"merchant_id\":\"pay_", "merchant_id is missing or malformed"},
      {"\"order-1\"", "\"order 1\"", "merchant_order_id is missing or malformed"},
      {"\"order-1\"", "\"\"", "merchant_order_id is missing or malformed"},
      {"\"order-1\"", "1", "merchant_order_id is missing or malformed"},
      {"\"attempt\":3", "\"attempt\":0", "attempt is missing or malformed"},
      {"\"attempt\":3", "\"attempt\":21", "attempt is missing or malformed"},
      {"\"attempt\":3", "\"attempt\":\"3\"", "attempt is missing or malformed"},
      {"\"attempt\":3,", "", "attempt is missing or malformed"},
      {"\"accepted_at\":1795508130000", "\"accepted_at\":0", "accepted_at is missing or malformed"},
      {"\"accepted_at\":1795508130000", "\"accepted_at\":281474976710656", "accepted_at is missing or malformed"},
      {"\"accepted_at\":1795508130000", "\"accepted_at\":null", "accepted_at is missing or malformed"},
      {"\"00-4bf9", "\"0-4bf9", "traceparent is missing or malformed"},
      {"\"attempt\":3", "\"attempt\":3,\"amount\":1", "the intent has an unknown member"},
      {"\"attempt\":3", "\"attempt\":3,\"attempt\":3", "a member name occurs twice"},
      {"\"order-1\"", "\"ooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo\"",
       "merchant_order_id is missing or malformed"},
  }));
  INFO(what << " -> " << by);
  const auto decoded = decode_intent(replaced(good, what, by));
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == Errc::undecodable);
  CHECK(decoded.error().detail == reason);
}

TEST_CASE("what is no notification says why, without repeating it") {
  auto notified = whole_notification();
  notified.answer = "{}";
  const auto good = encode_intent(notified);
  const std::string too_large = "\"answer\":\"" + std::string(limits::notification_bytes_max + 1, 'x') + "\"";
  const auto [what, by, reason] = GENERATE_COPY(table<const char*, std::string, const char*>({
      {"\"v\":1", "\"v\":2", "v is another version than ours"},
      {"\"channel_notified\"", "\"channel_called\"", "type is not one that we know"},
      {"\"int_", "\"pay_", "intent_id is missing or malformed"},
      {"\"pay_0", "\"pay_8", "payment_id is missing or malformed"},
      {"\"payment_id\"", "\"payment\"", "payment_id is missing or malformed"},
      {"\"attempt\":2", "\"attempt\":0", "attempt is missing or malformed"},
      {"\"attempt\":2", "\"attempt\":21", "attempt is missing or malformed"},
      {"\"accepted_at\":1795508130000", "\"accepted_at\":-1", "accepted_at is missing or malformed"},
      {"\"answer\":\"{}\"", "\"answer\":{}", "answer is missing or malformed"},
      {"\"answer\":\"{}\"", "\"answer\":\"\"", "answer is missing or malformed"},
      {",\"answer\":\"{}\"", "", "answer is missing or malformed"},
      {"\"answer\":\"{}\"", "\"answer\":\"{}\",\"merchant_id\":\"mer_01kat7wx7gfj0thvb2w8x6e3nd\"",
       "the intent has an unknown member"},
      {"\"answer\":\"{}\"", too_large, "a string is too long"},
  }));
  INFO(what << " -> " << by.substr(0, 40));
  const auto decoded = decode_intent(replaced(good, what, by));
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == Errc::undecodable);
  CHECK(decoded.error().detail == reason);
}

TEST_CASE("bytes of the first release still decode") {
  // As acq-gateway wrote it before there were closes and notifications on the log.
  const auto decoded = decode_intent(
      R"({"v":1,"type":"payment_requested","intent_id":"int_01kat7wx7gew1v1f0rj2m3q9bz",)"
      R"("payment_id":"pay_01kat7wx7gew1v1f0rj2m3q9bz","merchant_id":"mer_01kat7wx7gfj0thvb2w8x6e3nd",)"
      R"("merchant_order_id":"order-1001","attempt":1,"amount":1999,"currency":"CNY","method":{"type":"qr"},)"
      R"("accepted_at":1795508130123,"expires_at":1795509030123,"fingerprint":[1,2,3,4,5,6,7]})");
  REQUIRE(decoded);
  const auto& intent = std::get<PaymentRequested>(*decoded);
  CHECK(intent.amount == 1999);
  CHECK(intent.attempt == 1);
  CHECK(record_key(*decoded) == "pay_01kat7wx7gew1v1f0rj2m3q9bz");
}

TEST_CASE("every cut and every other document is undecodable") {
  const auto good = GENERATE(encode_intent(whole()), encode_intent(whole_close()), encode_intent(whole_notification()));
  for (std::size_t length = 0; length < good.size(); ++length) {
    const auto decoded = decode_intent(std::string_view(good).substr(0, length));
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == Errc::undecodable);
  }
  for (const auto* other : {"{}", "[]", "1", "null", "\"x\"", "[{}]"}) {
    CHECK(decode_intent(other).error().code == Errc::undecodable);
  }
  CHECK(decode_intent(good + std::string(limits::intent_bytes_max, ' ')).error().code == Errc::undecodable);
}

TEST_CASE("a refund goes onto the log and back, under its own id and its payment's route") {
  auto refund = whole_refund();
  for (const bool bare : {false, true}) {
    INFO("without what is optional: " << bare);
    if (bare) {
      refund.reason.clear();
      refund.traceparent.clear();
    }
    const auto back = decode_intent(encode_intent(refund));
    REQUIRE(back);
    check_equal(std::get<RefundRequested>(*back), refund);
    CHECK(record_key(*back) == refund.intent_id.text());
    CHECK(route_of(id_of(*back)) == route_of(refund.payment_id));
  }
}

TEST_CASE("a refund whose intent has other bytes than its id is undecodable: its row is the intent's row (P11)") {
  auto refund = whole_refund();
  refund.intent_id = make_intent_id(now, 0xbeef, 44);
  const auto back = decode_intent(encode_intent(refund));
  REQUIRE_FALSE(back);
  CHECK(back.error().detail == "refund_id is missing or malformed");
}
