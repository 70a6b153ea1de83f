// The channel's notifications: who sent them, which charge they tell of, and what is refused before it is kept.
#include <catch2/catch.hpp>

#include "common/codec/channel_json.hpp"
#include "common/codec/intent_json.hpp"
#include "common/http/webhook_signature.hpp"
#include "common/limits.hpp"
#include "gateway/channel_authentication.hpp"
#include "gateway/notification.hpp"
#include "gateway/offer.hpp"

namespace {
using namespace acq;
using namespace acq::gateway;

constexpr std::int64_t now_ms = 1'764'000'000'123;
constexpr std::int64_t now_s = now_ms / 1000;
const crypto::Secret secret(std::string(24, 'k'));
const PaymentId payment = make_payment_id(now_ms - 5'000, 0x1234, 42);

std::string body_of(const std::string& request_id, const std::string& status = "succeeded") {
  codec::ChargeAnswer answer;
  answer.request_id = request_id;
  answer.merchant_id = "mer_1";
  answer.merchant_order_id = "order-1";
  answer.amount = 1'000;
  answer.currency = "CNY";
  answer.status = status;
  return codec::encode_charge_answer(answer);
}

/// A signed notification whose parts can be changed before it is looked at.
struct Sent {
  std::string id = "ntf_1";
  std::string stamp = std::to_string(now_s);
  std::string signature;
  std::string body = "{}";

  explicit Sent(const crypto::Secret& key = secret, std::int64_t stamp_s = now_s) : stamp(std::to_string(stamp_s)) {
    signature = http::sign_webhook(key, id, stamp_s, body);
  }
  bool accepted() const {
    http::Request request;
    request.headers = {{"Webhook-Id", id}, {"Webhook-Timestamp", stamp}, {"Webhook-Signature", signature}};
    request.body = body;
    const auto sent = authenticate_channel(request, secret, now_ms);
    if (!sent) CHECK(sent.error().code == Errc::unauthorized);
    return sent.has_value();
  }
};
}  // namespace

TEST_CASE("notifications: the channel's signature lets in, within 300 s of our clock") {
  CHECK(Sent().accepted());
  CHECK(Sent(secret, now_s - limits::signature_age_s_max).accepted());
  CHECK_FALSE(Sent(secret, now_s - limits::signature_age_s_max - 1).accepted());
  CHECK_FALSE(Sent(secret, now_s + limits::signature_age_s_max + 1).accepted());
}

TEST_CASE("notifications: another secret, body, id or stamp, and a header left out, do not") {
  CHECK_FALSE(Sent(crypto::Secret(std::string(24, 'x'))).accepted());
  const auto changed = [](auto change) {
    Sent sent;
    change(sent);
    return sent.accepted();
  };
  CHECK_FALSE(changed([](Sent& s) { s.body = "{ }"; }));
  CHECK_FALSE(changed([](Sent& s) { s.id = "ntf_2"; }));
  CHECK_FALSE(changed([](Sent& s) { s.stamp = std::to_string(now_s + 1); }));
  CHECK_FALSE(changed([](Sent& s) { s.id.clear(); }));
  CHECK_FALSE(changed([](Sent& s) { s.signature.clear(); }));
  for (const char* stamp : {"", "now", "-5", "1764000000.5", "99999999999999999999"}) {
    CHECK_FALSE(changed([&](Sent& s) { s.stamp = stamp; }));
  }
  http::Request bare;
  CHECK_FALSE(authenticate_channel(bare, secret, now_ms).has_value());
}

TEST_CASE("notifications: the intent names the charge and keeps the body as it came") {
  const std::string body = body_of(channel_request_id(payment, 12));
  const auto notified = read_notification(body, now_ms, 7);
  REQUIRE(notified.has_value());
  CHECK(notified->payment_id == payment);
  CHECK(notified->attempt == 12);
  CHECK(notified->accepted_at_ms == now_ms);
  CHECK(notified->answer == body);
  // An id of its own on its payment's partition, which is the record's key too.
  CHECK(route_of(notified->intent_id) == route_of(payment));
  CHECK(notified->intent_id.bytes != payment.bytes);
  const Offer offer = offer_of(*notified, 16);
  CHECK(offer.key == notified->intent_id.text());
  CHECK(offer.partition == partition_of(route_of(payment), 16));
  const auto read_back = codec::decode_intent(offer.bytes);
  REQUIRE(read_back.has_value());
  CHECK(std::get<ChannelNotified>(*read_back).answer == body);
}

TEST_CASE("notifications: what the channel may not tell is refused, and nothing is made of it") {
  const std::string id = channel_request_id(payment, 1);
  const auto refused = [](const std::string& body) {
    const auto notified = read_notification(body, now_ms, 7);
    return notified.has_error() && notified.error().code == Errc::malformed_json;
  };
  CHECK_FALSE(refused(body_of(id)));
  for (const char* status : {"declined", "awaiting_payer", "closed", "reversed"})
    CHECK_FALSE(refused(body_of(id, status)));
  // "Never heard of it" would let a charge be sent again: it is an answer to a question only (P21).
  CHECK(refused(R"({"request_id":")" + id + R"(","status":"unheard"})"));
  CHECK(refused(body_of(id, "paid")));
  CHECK(refused(""));
  CHECK(refused("{"));
  CHECK(refused("[]"));
  CHECK(refused(R"({"request_id":")" + id + R"(","status":"succeeded"})"));
  for (const std::string& other : {std::string("r-1"), payment.text(), payment.text() + "-", payment.text() + "-0",
                                   payment.text() + "-21", payment.text() + "-01", payment.text() + "-1x",
                                   payment.text() + "-1-auto", "-1" + payment.text(), std::string("pay_x-1")}) {
    INFO(other);
    CHECK(refused(body_of(other)));
  }
  std::string padded = body_of(id);
  padded.insert(1, limits::notification_bytes_max - padded.size(), ' ');
  CHECK_FALSE(refused(padded));
  CHECK(refused(padded + " "));
}

TEST_CASE("notifications: the largest one fits an intent, whatever it is made of") {
  std::string body = body_of(channel_request_id(payment, 1));
  body.insert(1, limits::notification_bytes_max - body.size(), '\n');
  const auto notified = read_notification(body, now_ms, 7);
  REQUIRE(notified.has_value());
  const auto bytes = codec::encode_intent(*notified);
  CHECK(bytes.size() < limits::intent_bytes_max);
  const auto read_back = codec::decode_intent(bytes);
  REQUIRE(read_back.has_value());
  CHECK(std::get<ChannelNotified>(*read_back).answer == body);
}

TEST_CASE("offers: a first attempt goes under its payment's id, a later one under its intent's") {
  PaymentRequested intent;
  intent.payment_id = payment;
  intent.intent_id = same_bytes<IntentId>(payment);
  intent.merchant_order_id = "order-1";
  const Offer first = offer_of(intent, 16);
  CHECK(first.key == payment.text());
  CHECK(first.intent_id.bytes == payment.bytes);
  CHECK_FALSE(first.claim.has_value());
  intent.attempt = 2;
  intent.intent_id = make_intent_id(now_ms, route_of(payment), 9);
  const Offer later = offer_of(intent, 16);
  CHECK(later.key == intent.intent_id.text());
  CHECK(later.partition == first.partition);
}
