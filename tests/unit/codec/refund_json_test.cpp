// The body of a refund: three members, every wrong one named; and a refund as its merchant reads it.
#include "common/codec/refund_json.hpp"

#include <catch2/catch.hpp>

#include "common/limits.hpp"

using namespace acq;

namespace {

std::string faults_of(const std::string& body) {
  const auto read = codec::read_refund_wanted(body);
  INFO(body);
  REQUIRE(read.has_error());
  CHECK(read.error().code == Errc::invalid_field);
  std::string all;
  for (const auto& fault : read.error().faults) all += fault.pointer + "=" + fault.code + " ";
  return all;
}

std::string with_amount(const std::string& amount) {
  return R"({"merchant_refund_id":"r-1","amount":)" + amount + "}";
}
std::string with_reason(const std::string& reason) {
  return R"({"merchant_refund_id":"r-1","amount":1,"reason":")" + reason + "\"}";
}

}  // namespace

TEST_CASE("refund: a number and an amount, and a reason where one is given") {
  const auto plain = codec::read_refund_wanted(R"({"merchant_refund_id":"R-1_z","amount":1})");
  REQUIRE(plain.has_value());
  CHECK(plain->merchant_refund_id == "R-1_z");
  CHECK(plain->amount == 1);
  CHECK(plain->reason.empty());
  const auto full = codec::read_refund_wanted(
      R"( {"reason":"退货 \"as is\"","amount":1000000000000,"merchant_refund_id":")" + std::string(64, 'r') + "\"} ");
  REQUIRE(full.has_value());
  CHECK(full->amount == limits::amount_minor_max);
  CHECK(full->reason == "退货 \"as is\"");
  CHECK(full->merchant_refund_id == std::string(64, 'r'));
  std::string longest;
  for (std::size_t i = 0; i < limits::refund_reason_chars_max; ++i) longest += "界";
  CHECK(codec::read_refund_wanted(with_reason(longest)).has_value());
  CHECK(faults_of(with_reason(longest + "界")) == "/reason=too_long ");
}

TEST_CASE("refund: an amount is an integer of its range, written as one") {
  for (const char* amount : {"1.0", "1e2", "0.1", "-1.5", "1E0", "9223372036854775808.0"}) {
    CHECK(faults_of(with_amount(amount)) == "/amount=type ");
  }
  for (const char* amount : {"\"100\"", "null", "true", "[1]", "{\"amount\":1}", "[[[]]]"}) {
    CHECK(faults_of(with_amount(amount)) == "/amount=type ");
  }
  for (const char* amount : {"0", "-1", "1000000000001", "9223372036854775807", "9223372036854775808",
                             "18446744073709551616", "-9223372036854775809"}) {
    CHECK(faults_of(with_amount(amount)) == "/amount=range ");
  }
}

TEST_CASE("refund: every wrong member is named at once") {
  CHECK(faults_of("{}") == "/merchant_refund_id=required /amount=required ");
  CHECK(faults_of("[]") == "=type ");
  CHECK(faults_of("7") == "=type ");
  CHECK(faults_of(R"({"merchant_refund_id":"r 1","amount":"1","reason":"","colour":{"amount":1}})") ==
        "/merchant_refund_id=format /amount=type /reason=format /colour=unknown ");
  CHECK(faults_of(R"({"merchant_refund_id":7,"amount":1,"reason":["x"]})") == "/merchant_refund_id=type /reason=type ");
  CHECK(faults_of(R"({"merchant_refund_id":"","amount":1})") == "/merchant_refund_id=format ");
  CHECK(faults_of(R"({"merchant_refund_id":")" + std::string(65, 'r') + R"(","amount":1})") ==
        "/merchant_refund_id=too_long ");
  CHECK(faults_of(with_reason("a\\u0007b")) == "/reason=format ");
  CHECK(faults_of(R"({"merchant_refund_id":"r-1","amount":1,"payment_id":"pay_1","currency":"CNY"})") ==
        "/payment_id=unknown /currency=unknown ");
}

TEST_CASE("refund: what is no JSON of ours is refused before its members") {
  const auto code_of = [](const std::string& body) {
    const auto read = codec::read_refund_wanted(body);
    INFO(body);
    REQUIRE(read.has_error());
    return read.error().code;
  };
  CHECK(code_of("") == Errc::malformed_json);
  CHECK(code_of("{") == Errc::malformed_json);
  CHECK(code_of("\xef\xbb\xbf{}") == Errc::malformed_json);
  CHECK(code_of(with_reason("\xff")) == Errc::malformed_json);
  CHECK(code_of(with_amount("[[[[[[[[[1]]]]]]]]]")) == Errc::malformed_json);
  CHECK(code_of(R"({"merchant_refund_id":"r-1","amount":1,"amount":1})") == Errc::duplicate_member);
}

TEST_CASE("refund: its merchant reads what happened, and an automatic one has no number") {
  Refund refund;
  refund.payment_id = make_payment_id(1'795'508'130'000, 7, 42);
  refund.refund_id = same_bytes<RefundId>(make_payment_id(1'795'508'137'847, 7, 43));
  refund.origin = RefundOrigin::merchant;
  refund.merchant_order_id = "order-1";
  refund.merchant_refund_id = "r-1";
  refund.amount = 600;
  refund.currency = *Currency::parse("CNY");
  refund.state = RefundState::failed;
  refund.code = "refund_exceeds";
  refund.reason = "\"broken\"";
  refund.channel_reference = "sim-7";
  refund.created_at_ms = 1'795'508'137'847;
  refund.updated_at_ms = 1'795'508'137'900;
  const RefundId alias = same_bytes<RefundId>(make_payment_id(1'795'508'137'850, 7, 44));
  std::string json;
  codec::write_refund(json, refund, {&alias, 1});
  const std::string head =
      R"({"refund_id":")" + refund.refund_id.text() + R"(","payment_id":")" + refund.payment_id.text();
  CHECK(json == head +
                    R"(","merchant_order_id":"order-1","merchant_refund_id":"r-1","amount":600,"currency":"CNY",)"
                    R"("state":"failed","origin":"merchant","code":"refund_exceeds","reason":"\"broken\"",)"
                    R"("aliases":[")" +
                    alias.text() +
                    R"("],"created_at":"2026-11-24T08:15:37.847Z",)"
                    R"("updated_at":"2026-11-24T08:15:37.900Z"})");

  refund.origin = RefundOrigin::automatic;
  refund.merchant_refund_id.clear();
  refund.reason.clear();
  refund.code.clear();
  refund.state = RefundState::succeeded;
  json.clear();
  codec::write_refund(json, refund);
  CHECK(json == head + R"(","merchant_order_id":"order-1","amount":600,"currency":"CNY","state":"succeeded",)"
                       R"("origin":"automatic","created_at":"2026-11-24T08:15:37.847Z",)"
                       R"("updated_at":"2026-11-24T08:15:37.900Z"})");
}
