// A number beyond a double is JSON, and no field's: it must not be called malformed.
#include <catch2/catch.hpp>

#include "common/codec/api_json.hpp"

using namespace acq;

TEST_CASE("a number beyond a double is out of range, not malformed JSON") {
  constexpr std::int64_t now_ms = 1'800'000'000'000;
  for (const char* text :
       {R"({"amount":1e400})", R"({"currency":"CNY","amount":-1e999})", R"({"metadata":{"a":1e400}})"}) {
    INFO(text);
    const auto parsed = codec::read_payment_request(text, now_ms, {});
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == Errc::invalid_field);
    REQUIRE(parsed.error().faults.size() == 1);
    CHECK(parsed.error().faults.front().code == "range");
  }
  CHECK(codec::read_payment_request(R"({"amount":1e})", now_ms, {}).error().code == Errc::malformed_json);
}
