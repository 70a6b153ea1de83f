// A number beyond a double is JSON, and no field's: it must not be called malformed.
#include <catch2/catch.hpp>

#include "common/codec/json_document.hpp"

using namespace acq;

TEST_CASE("a number beyond a double is out of range, not malformed JSON") {
  for (const char* text : {R"({"amount":1e400})", R"({"a":{"b":[-1e999]}})", "1e400"}) {
    INFO(text);
    const auto parsed = codec::parse_json(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == Errc::invalid_field);
    REQUIRE(parsed.error().faults.size() == 1);
    CHECK(parsed.error().faults.front().code == "range");
  }
  CHECK(codec::parse_json(R"({"amount":1e})").error().code == Errc::malformed_json);
}
