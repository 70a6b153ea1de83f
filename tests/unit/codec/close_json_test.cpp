// The body of a close: two members, every wrong one named.
#include "common/codec/close_json.hpp"

#include <catch2/catch.hpp>

using namespace acq;

namespace {

std::string faults_of(const std::string& body) {
  const auto read = codec::read_close_request(body);
  REQUIRE(read.has_error());
  CHECK(read.error().code == Errc::invalid_field);
  std::string all;
  for (const auto& fault : read.error().faults) all += fault.pointer + "=" + fault.code + " ";
  return all;
}

}  // namespace

TEST_CASE("close: a number, and an attempt where one is named") {
  const auto plain = codec::read_close_request(R"({"merchant_order_id":"A-1_z"})");
  REQUIRE(plain.has_value());
  CHECK(plain->merchant_order_id == "A-1_z");
  CHECK_FALSE(plain->attempt.has_value());
  const auto named = codec::read_close_request(R"( {"attempt":20,"merchant_order_id":"A-1"} )");
  REQUIRE(named.has_value());
  CHECK(named->attempt == 20);
}

TEST_CASE("close: what is wrong is named") {
  CHECK(faults_of("{}") == "/merchant_order_id=required ");
  CHECK(faults_of(R"({"attempt":0})") == "/attempt=range /merchant_order_id=required ");
  CHECK(faults_of(R"({"merchant_order_id":"a b"})") == "/merchant_order_id=format ");
  CHECK(faults_of(R"({"merchant_order_id":""})") == "/merchant_order_id=format ");
  CHECK(faults_of(R"({"merchant_order_id":")" + std::string(65, 'a') + R"("})") == "/merchant_order_id=format ");
  CHECK(faults_of(R"({"merchant_order_id":7})") == "/merchant_order_id=type ");
  CHECK(faults_of(R"({"merchant_order_id":null})") == "/merchant_order_id=type ");
  for (const char* attempt : {"0", "-1", "21", "99999999999999999999"}) {
    INFO(attempt);
    CHECK(faults_of(std::string(R"({"merchant_order_id":"a","attempt":)") + attempt + "}") == "/attempt=range ");
  }
  for (const char* attempt : {"1.0", "\"1\"", "null", "[1]", "{\"attempt\":1}", "true"}) {
    INFO(attempt);
    CHECK(faults_of(std::string(R"({"merchant_order_id":"a","attempt":)") + attempt + "}") == "/attempt=type ");
  }
  CHECK(faults_of(R"({"merchant_order_id":"a","reason":{"attempt":1},"x/y":[{}]})") ==
        "/reason=unknown /x~1y=unknown ");
  CHECK(faults_of("[]") == "=type ");
  CHECK(faults_of("7") == "=type ");
}

TEST_CASE("close: what is no JSON, and a member named twice, are refused as in any body") {
  CHECK(codec::read_close_request("").error().code == Errc::malformed_json);
  CHECK(codec::read_close_request("{").error().code == Errc::malformed_json);
  CHECK(codec::read_close_request(R"({"attempt":1,"attempt":1,"merchant_order_id":"a"})").error().code ==
        Errc::duplicate_member);
}

TEST_CASE("close by id: its body has nothing to say") {
  CHECK(codec::read_no_members("").has_value());
  CHECK(codec::read_no_members("{}").has_value());
  CHECK(codec::read_no_members("x").error().code == Errc::malformed_json);
  const auto named = codec::read_no_members(R"({"merchant_order_id":"a"})");
  REQUIRE(named.has_error());
  CHECK(named.error().faults == std::vector<FieldFault>{{"/merchant_order_id", "unknown"}});
  CHECK(codec::read_no_members("[]").error().code == Errc::invalid_field);
}
