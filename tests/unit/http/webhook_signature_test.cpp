// Standard Webhooks. The vector was made by:
//   printf 'evt_01jdexample.1764000000.%s' "$body" | openssl dgst -sha256 -mac HMAC -macopt hexkey:0102…18 -binary |
//   base64
#include "common/http/webhook_signature.hpp"

#include <catch2/catch.hpp>

#include "common/crypto/bytes.hpp"

using namespace acq;
using namespace acq::http;

namespace {
const crypto::Secret key(crypto::hex_decode("0102030405060708090a0b0c0d0e0f101112131415161718").value());
const std::string id = "evt_01jdexample";
constexpr std::int64_t stamp = 1'764'000'000;
const std::string body =
    R"({"type":"payment.succeeded","timestamp":"2026-11-24T15:00:00Z","data":{"payment_id":"pay_1"}})";
const std::string signature = "v1,Mk6/9pyrdGXTLkTRKlJSgEcW63ktlarGXWxw91l4SSI=";
}  // namespace

TEST_CASE("a webhook's signature is the one that openssl makes") {
  CHECK(sign_webhook(key, id, stamp, body) == signature);
}

TEST_CASE("one good signature among several is enough") {
  CHECK(verify_webhook(key, id, stamp, signature, body, stamp));
  CHECK(verify_webhook(key, id, stamp, "v1,AAAA v1a,xx " + signature + " v1,BBBB", body, stamp));
  CHECK(verify_webhook(key, id, stamp, " " + signature, body, stamp));
}

TEST_CASE("a webhook is refused when anything that is signed differs, or its time is off") {
  CHECK_FALSE(verify_webhook(key, id, stamp, "", body, stamp));
  CHECK_FALSE(verify_webhook(key, id, stamp, "v2" + signature.substr(2), body, stamp));
  CHECK_FALSE(verify_webhook(key, id, stamp, signature.substr(3), body, stamp));
  CHECK_FALSE(verify_webhook(key, id, stamp, signature + ",", body, stamp));
  CHECK_FALSE(verify_webhook(key, id + "x", stamp, signature, body, stamp));
  CHECK_FALSE(verify_webhook(key, id, stamp + 1, signature, body, stamp));
  CHECK_FALSE(verify_webhook(key, id, stamp, signature, body + " ", stamp));
  CHECK_FALSE(verify_webhook(crypto::Secret(std::string(24, 'x')), id, stamp, signature, body, stamp));
  CHECK(verify_webhook(key, id, stamp, signature, body, stamp + 300));
  CHECK_FALSE(verify_webhook(key, id, stamp, signature, body, stamp + 301));
  CHECK_FALSE(verify_webhook(key, id, stamp, signature, body, stamp - 301));
}

TEST_CASE("webhook secrets have their prefix and a key of 24 to 64 bytes") {
  CHECK(parse_webhook_secret("whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY")->reveal() == key.reveal());
  for (const std::string& text : {std::string(), std::string("whsec_"), std::string("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY"),
                                  std::string("whsec_AQID"), "whsec_" + crypto::base64_encode(std::string(65, 'a')),
                                  std::string("whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhc*")}) {
    CHECK(parse_webhook_secret(text).error().code == Errc::undecodable);
  }
}
