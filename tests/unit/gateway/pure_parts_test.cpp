// The gateway's pure parts: routes, names, fingerprints, headers, cached states, wholeness.
#include <catch2/catch.hpp>

#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"
#include "gateway/cache_wholeness.hpp"
#include "gateway/cached_state.hpp"
#include "gateway/fingerprint.hpp"
#include "gateway/names.hpp"
#include "gateway/request_headers.hpp"
#include "gateway/routes.hpp"
#include "gateway/stored_payments.hpp"

namespace {
using namespace acq;
using namespace acq::gateway;

MerchantId merchant_of(std::uint8_t byte) {
  MerchantId id;
  id.bytes.fill(byte);
  return id;
}
}  // namespace

TEST_CASE("routes: path and method alone decide") {
  CHECK(match_route("POST", "/v1/payments").id == RouteId::create_payment);
  CHECK(match_route("GET", "/v1/payments").id == RouteId::payments_by_query);
  const auto by_id = match_route("GET", "/v1/payments/pay_1");
  CHECK(by_id.id == RouteId::payment_by_id);
  CHECK(by_id.parameter == "pay_1");
  const auto close = match_route("POST", "/v1/payments/pay_1/close");
  CHECK(close.id == RouteId::close_by_id);
  CHECK(close.parameter == "pay_1");
  CHECK(match_route("POST", "/v1/payments/close").id == RouteId::close_by_number);
  const auto refund = match_route("POST", "/v1/payments/pay_1/refunds");
  CHECK(refund.id == RouteId::create_refund);
  CHECK(refund.parameter == "pay_1");
  CHECK(match_route("GET", "/v1/payments/pay_1/refunds").id == RouteId::refunds_of_payment);
  CHECK(match_route("GET", "/v1/refunds").id == RouteId::refund_by_number);
  CHECK(match_route("GET", "/v1/refunds/ref_1").parameter == "ref_1");
  CHECK(match_route("POST", "/channel/v1/notifications").id == RouteId::channel_notification);
  CHECK(match_route("POST", "/v1/signature-check").id == RouteId::signature_check);
}

TEST_CASE("routes: what offers an intent is known before it is parsed (P30), and which of it is a merchant's (P6)") {
  std::string offering;
  std::string money;
  for (const auto& route : routes) {
    if (offers_intent(route.id)) offering.append(route.name).append(" ");
    if (concerns_money(route.id)) money.append(route.name).append(" ");
    CHECK((!offers_intent(route.id) || route.method == "POST"));
  }
  CHECK(offering == "create_payment close_by_number close_by_id create_refund channel_notification ");
  CHECK(money == "create_payment close_by_number close_by_id create_refund ");
}

TEST_CASE("routes: an unknown path allows nothing, a known one says what it takes") {
  for (const char* path :
       {"/", "", "/v1/payments/", "/v1/payments/a/b", "/v1/paymentsx", "/v2/payments", "/v1/payments//close",
        "/v1/payments/a/b/close", "/v1/payments/a/close/", "/v1/payments/aclose/close/close"}) {
    INFO(path);
    const auto match = match_route("GET", path);
    CHECK(match.id == RouteId::none);
    CHECK(match.allow.empty());
  }
  CHECK(match_route("PUT", "/v1/payments").allow == "POST, GET");
  CHECK(match_route("DELETE", "/v1/payments/pay_1").allow == "GET");
  CHECK(match_route("GET", "/v1/payments/pay_1/close").allow == "POST");
  CHECK(match_route("PUT", "/v1/payments/close").allow == "POST");  // a name is no id
  CHECK(match_route("GET", "/channel/v1/notifications").allow == "POST");
  CHECK(match_route("get", "/v1/payments").id == RouteId::none);
}

TEST_CASE("names: reservation, state and epoch keys are as settlement writes them") {
  CHECK(reservation_key(merchant_of(0x0a), "A-1") == "acq:n:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a:A-1");
  CHECK(reservation_key(merchant_of(0x0a), "A-1", 1) == reservation_key(merchant_of(0x0a), "A-1"));
  CHECK(refund_reservation_key(merchant_of(0x0a), "A-1") == "acq:r:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a:A-1");
  CHECK(reservation_key(merchant_of(0x0a), "A-1", 12) == "acq:n:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a:A-1:12");
  CHECK(epoch_key(7) == "acq:e:7");
  CHECK(state_key(PaymentId{}) == "acq:s:" + PaymentId{}.text());
}

TEST_CASE("names: the key hash is half a SHA-256 over merchant, 0, number, 0, attempt") {
  const std::string text = std::string(16, '\x01') + std::string("\0A-1\0", 5) + "12";
  CHECK(payment_key_hash(merchant_of(1), "A-1", 12) == crypto::raw(crypto::sha256(text)).substr(0, 16));
  CHECK(payment_key_hash(merchant_of(1), "A-1", 1) != payment_key_hash(merchant_of(1), "A-1", 2));
  CHECK(payment_key_hash(merchant_of(1), "A-1", 1) != payment_key_hash(merchant_of(2), "A-1", 1));
  const std::string refund = std::string("refund\0", 7) + std::string(16, '\x01') + std::string("\0A-1", 4);
  CHECK(refund_key_hash(merchant_of(1), "A-1") == crypto::raw(crypto::sha256(refund)).substr(0, 16));
}

TEST_CASE("names: a fingerprint is read from MariaDB's bytes, little endian, and from nothing shorter or longer") {
  std::string raw(28, '\0');
  raw[0] = '\x01';
  raw[3] = '\xff';
  raw[24] = '\x0a';
  const auto fingerprint = fingerprint_from(raw);
  REQUIRE(fingerprint.has_value());
  CHECK(*fingerprint == Fingerprint{0xff000001U, 0, 0, 0, 0, 0, 10});
  CHECK_FALSE(fingerprint_from(raw + "x").has_value());
  CHECK_FALSE(fingerprint_from(raw.substr(1)).has_value());
}

TEST_CASE("fingerprint: each field has its canonical text, and a difference shows in that field alone") {
  PaymentRequest request;
  request.amount = 1234;
  request.currency = Currency::parse("CNY").value();
  request.method = MethodType::barcode;
  request.code = "1312345678901234";
  request.description = "tea";
  request.callback_url = "https://shop.example/cb";
  request.expires_at_sent = "2026-11-24T00:00:00Z";
  request.metadata = {{"a", "1"}, {"bb", "22"}};
  CHECK(canonical_text(request, Field::amount) == "1234");
  CHECK(canonical_text(request, Field::currency) == "CNY");
  CHECK(canonical_text(request, Field::method) == "barcode:1312345678901234");
  CHECK(canonical_text(request, Field::description) == "tea");
  CHECK(canonical_text(request, Field::callback_url) == "https://shop.example/cb");
  CHECK(canonical_text(request, Field::expires_at) == "2026-11-24T00:00:00Z");
  CHECK(canonical_text(request, Field::metadata) == "1:a=1:1\n2:bb=2:22\n");

  const crypto::SipKey key{1, 2, 3};
  const Fingerprint before = fingerprint_of(request, key);
  CHECK(before == fingerprint_of(request, key));
  request.amount = 1235;
  const Fingerprint after = fingerprint_of(request, key);
  for (std::size_t i = 0; i < field_count; ++i) CHECK((before[i] != after[i]) == (i == 0));
  CHECK(fingerprint_of(request, crypto::SipKey{9}) != after);
}

TEST_CASE("fingerprint: metadata that reads alike without lengths does not hash alike") {
  PaymentRequest one;
  PaymentRequest other;
  one.metadata = {{"a", "b\nc=d"}};
  other.metadata = {{"a", "b"}, {"c", "d"}};
  CHECK(canonical_text(one, Field::metadata) != canonical_text(other, Field::metadata));
}

TEST_CASE("headers: content type, accept and etag") {
  CHECK(is_json("application/json"));
  CHECK(is_json("Application/JSON; charset=utf-8"));
  CHECK_FALSE(is_json("text/json"));
  CHECK_FALSE(is_json(""));
  for (const char* yes :
       {"", "*/*", "application/json", "text/html, application/*;q=0.1", "application/json;q=0, */*"}) {
    INFO(yes);
    CHECK(accepts_json(yes));
  }
  for (const char* no : {"text/html", "application/json;q=0", "application/xml, */*;q=0.0"}) {
    INFO(no);
    CHECK_FALSE(accepts_json(no));
  }
  CHECK(matches_etag("\"3\"", "\"3\""));
  CHECK(matches_etag("\"1\", W/\"3\"", "\"3\""));
  CHECK(matches_etag("*", "\"3\""));
  CHECK_FALSE(matches_etag("\"33\"", "\"3\""));
  CHECK_FALSE(matches_etag("", "\"3\""));
}

TEST_CASE("headers: a valid traceparent is passed on, anything else becomes a new valid one") {
  const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  CHECK(traceparent_or_new(good) == good);
  for (const char* bad : {"", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                          "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"}) {
    const std::string made = traceparent_or_new(bad);
    CHECK(made != bad);
    CHECK(traceparent_or_new(made) == made);
  }
}

TEST_CASE("headers: order numbers") {
  CHECK(is_order_number("A-1_z"));
  CHECK(is_order_number(std::string(64, 'a')));
  for (const std::string& bad : {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a:b")}) {
    CHECK_FALSE(is_order_number(bad));
  }
}

TEST_CASE("cached state: believed only with the partition's epoch and for its merchant (P25)") {
  const std::string hex = crypto::hex_encode(merchant_of(3).raw());
  const auto shown = believe("7|12|" + hex + "|{\"a\":\"x|y\"}", "7", merchant_of(3));
  REQUIRE(shown.has_value());
  CHECK(shown->sequence == 12);
  CHECK(shown->json == "{\"a\":\"x|y\"}");
  CHECK_FALSE(believe("7|12|" + hex + "|{}", "8", merchant_of(3)).has_value());
  CHECK_FALSE(believe("7|12|" + hex + "|{}", "", merchant_of(3)).has_value());
  CHECK_FALSE(believe("7|12|" + hex + "|{}", "7", merchant_of(4)).has_value());
  for (const std::string& broken : {std::string(), std::string("7"), std::string("7|12|{}"), "7|x|" + hex + "|{}",
                                    "7|12|" + hex + "|", "|12|" + hex + "|{}"}) {
    INFO(broken);
    CHECK_FALSE(believe(broken, "7", merchant_of(3)).has_value());
  }
}

TEST_CASE("wholeness: counts from the latest of start, reconnection, failed reservation and emptying (P7)") {
  CacheWholeness wholeness(1'000);
  CHECK(wholeness.whole_for(500, "900", 1'500));
  CHECK_FALSE(wholeness.whole_for(500, "900", 1'499));
  CHECK_FALSE(wholeness.whole_for(500, "1200", 1'699));
  CHECK_FALSE(wholeness.whole_for(500, "", 9'000));
  CHECK_FALSE(wholeness.whole_for(500, "12x", 9'000));
  wholeness.broken_at(3'000);
  wholeness.broken_at(2'000);
  CHECK_FALSE(wholeness.whole_for(500, "900", 3'499));
  CHECK(wholeness.whole_for(500, "900", 3'500));
}
