// The bounded parser, the writer, and times.
#include "common/codec/json_document.hpp"

#include <catch2/catch.hpp>

#include "tests/support/result_text.hpp"

using namespace acq;
using namespace acq::codec;

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  JsonWriter(out).value(text);
  return out;
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("a document is read into a tree") {
  const auto parsed = parse_json(R"( {"a":1,"b":[true,null,"x\u00e9\n"],"c":{"d":-9223372036854775808}} )");
  REQUIRE(parsed);
  CHECK(parsed->integer_or("a", 0) == 1);
  const auto& list = *parsed->find("b")->array();
  REQUIRE(list.size() == 3);
  CHECK(*list[0].boolean());
  CHECK(list[1].is_null());
  CHECK(*list[2].string() == "x\xc3\xa9\n");
  CHECK(parsed->find("c")->integer_or("d", 0) == INT64_MIN);
  CHECK(parsed->find("none") == nullptr);
  CHECK(parsed->integer_or("b", 7) == 7);
  CHECK(parsed->string_or("a", "x") == "x");
  CHECK(parsed->find("a")->find("a") == nullptr);
}

TEST_CASE("what is no JSON of ours is refused") {
  const auto text =
      GENERATE(as<std::string>{}, "", " ", "{", "}", "{}}", "{} x", "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "nul",
               "01", "+1", ".5", "1.", "NaN", "Infinity", "// x\n{}", "/* */{}", "\"\t\"", "\"\x01\"", "\"\\x\"",
               "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"",
               "\"\xf5\x80\x80\x80\"", "\"\xe2\x82\"", "\xef\xbb\xbf{}", std::string("{}\0", 3),
               std::string("{}\0{}", 5), std::string("\"a\0b\"", 5), "[1 2]", "{\"a\"}");
  const auto parsed = parse_json(text);
  INFO(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == Errc::malformed_json);
}

TEST_CASE("numbers are 64-bit integers or refused") {
  CHECK(*parse_json("9223372036854775807")->integer() == INT64_MAX);
  CHECK(*parse_json("-9223372036854775808")->integer() == INT64_MIN);
  const auto text =
      GENERATE("9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "1.0",
               "1e2", "1E+2", "0.1", "-0.0", "1e999", "100000000000000000000000000000000000000");
  CHECK(parse_json(text).error().code == Errc::malformed_json);
}

TEST_CASE("a name occurs once per object") {
  CHECK(parse_json(R"({"a":1,"b":2,"a":3})").error().code == Errc::duplicate_member);
  CHECK(parse_json(R"({"a":1,"\u0061":2})").error().code == Errc::duplicate_member);
  CHECK(parse_json(R"({"x":{"a":1,"a":1}})").error().code == Errc::duplicate_member);
  CHECK(parse_json(R"({"":1,"":1})").error().code == Errc::duplicate_member);
  CHECK(parse_json(R"([{"a":{"a":1,"b":1},"b":{"a":1}},{"a":2}])"));
  CHECK(parse_json(R"({"ab":1,"a":1,"b":1,"":1})"));
}

TEST_CASE("every limit holds exactly") {
  CHECK(parse_json(nested(8)));
  CHECK(parse_json(nested(9)).error().code == Errc::malformed_json);
  CHECK(parse_json(nested(100'000)).error().code == Errc::malformed_json);
  CHECK(parse_json(nested(32), {.depth_max = 100}));
  CHECK_FALSE(parse_json(nested(33), {.depth_max = 100}));

  const JsonLimits tight{.members_max = 2, .elements_max = 2, .string_bytes_max = 3, .bytes_max = 40};
  CHECK(parse_json(R"({"a":1,"b":{"c":1,"d":1}})", tight));
  CHECK_FALSE(parse_json(R"({"a":1,"b":1,"c":1})", tight));
  CHECK(parse_json("[1,[1,2]]", tight));
  CHECK_FALSE(parse_json("[1,2,3]", tight));
  CHECK_FALSE(parse_json("[[],{},\"\"]", tight));
  CHECK(parse_json("\"abc\"", tight));
  CHECK_FALSE(parse_json("\"abcd\"", tight));
  CHECK_FALSE(parse_json("{\"abcd\":1}", tight));
  CHECK(parse_json(std::string(39, ' ') + "1", tight));
  CHECK_FALSE(parse_json(std::string(40, ' ') + "1", tight));
}

TEST_CASE("a refusal never repeats what it refused (P24)") {
  const auto parsed = parse_json("{\"code\":\"134567890123456789\" oops}");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().detail.find("1345") == std::string::npos);
}

TEST_CASE("the writer places commas and nothing else") {
  std::string out = "x";
  JsonWriter w(out);
  w.begin_object()
      .member("a", 1)
      .member("b", "two")
      .key("c")
      .begin_array()
      .value(true)
      .null()
      .begin_object()
      .end_object();
  w.begin_array().end_array().value(std::uint32_t{4'294'967'295}).value(INT64_MIN).end_array();
  w.key("d").raw("{\"e\":1}").member("f", 0.5).member("g", std::string("h")).member("i", false).end_object();
  CHECK(
      out ==
      R"(x{"a":1,"b":"two","c":[true,null,{},[],4294967295,-9223372036854775808],"d":{"e":1},"f":0.5,"g":"h","i":false})");
}

TEST_CASE("numbers that JSON cannot say become null") {
  std::string out;
  JsonWriter w(out);
  w.begin_array().value(1.0 / 0.0).value(0.0 / 0.0).end_array();
  CHECK(out == "[null,null]");
}

TEST_CASE("strings are escaped where they must be and left alone elsewhere") {
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("a\"b\\c/d") == R"("a\"b\\c/d")");
  CHECK(quoted("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  CHECK(quoted(std::string("\0\x1f\x7f", 3)) == "\"\\u0000\\u001f\x7f\"");
  CHECK(quoted("\xe6\x94\xaf\xe4\xbb\x98 \xf0\x9f\x92\xb0") == "\"\xe6\x94\xaf\xe4\xbb\x98 \xf0\x9f\x92\xb0\"");
  CHECK(quoted("a\xff\xc3(") == "\"a\xef\xbf\xbd\xef\xbf\xbd(\"");
  CHECK(quoted("\xe2\x82") == "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST_CASE("every byte comes back from its escaped form") {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all += static_cast<char>(c);
  all += "\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf";
  const auto back = parse_json(quoted(all));
  REQUIRE(back);
  CHECK(*back->string() == all);
}

TEST_CASE("a byte is written the same wherever it stands among plain ones, alone or twice") {
  // Eight at a time are looked at: each byte at each place of two such groups and of the rest behind them.
  constexpr std::size_t length = 19;
  for (int c = 0; c < 0x100; ++c) {
    const std::string byte(1, static_cast<char>(c));
    const std::string alone = quoted(byte).substr(1, quoted(byte).size() - 2);
    for (std::size_t at = 0; at < length; ++at) {
      const std::string before(at, '!');
      const std::string behind(length - at, ' ');
      REQUIRE(quoted(before + byte + behind) == "\"" + before + alone + behind + "\"");
      REQUIRE(quoted(before + byte + '~' + byte + behind) == "\"" + before + alone + '~' + alone + behind + "\"");
    }
  }
}

TEST_CASE("times are written in RFC 3339 and read back") {
  const auto [ms, text] = GENERATE(table<std::int64_t, const char*>({
      {0, "1970-01-01T00:00:00.000Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {951'782'400'000, "2000-02-29T00:00:00.000Z"},
      {951'868'799'999, "2000-02-29T23:59:59.999Z"},
      {951'868'800'000, "2000-03-01T00:00:00.000Z"},
      {1'000'000'000'000, "2001-09-09T01:46:40.000Z"},
      {1'795'508'130'123, "2026-11-24T08:15:30.123Z"},
      {4'107'542'399'000, "2100-02-28T23:59:59.000Z"},
      {4'107'542'400'000, "2100-03-01T00:00:00.000Z"},
      {-62'167'219'200'000, "0000-01-01T00:00:00.000Z"},
      {253'402'300'799'999, "9999-12-31T23:59:59.999Z"},
  }));
  CHECK(rfc3339(ms) == text);
  CHECK(parse_rfc3339(text) == ms);
}

TEST_CASE("every day of 400 years comes back") {
  for (std::int64_t day = -73'000; day < 73'097; ++day) {
    const auto ms = day * 86'400'000 + 45'296'789;
    if (parse_rfc3339(rfc3339(ms)) != ms) FAIL_CHECK(rfc3339(ms));
  }
}

TEST_CASE("times out of four-digit years are held at their ends") {
  CHECK(rfc3339(INT64_MAX) == "9999-12-31T23:59:59.999Z");
  CHECK(rfc3339(INT64_MIN) == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("fractions are read to the millisecond") {
  CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == 0);
  CHECK(parse_rfc3339("1970-01-01T00:00:00.5Z") == 500);
  CHECK(parse_rfc3339("1970-01-01T00:00:00.05Z") == 50);
  CHECK(parse_rfc3339("1970-01-01T00:00:00.123456789Z") == 123);
}

TEST_CASE("other forms of a time are refused") {
  const auto text =
      GENERATE("", "Z", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01T00:00:00+00:00", "1970-01-01T00:00:00.Z",
               "1970-01-01T00:00:00.1234567890Z", "1970-01-01T00:00:00,5Z", "1970-01-01t00:00:00z",
               "1970-01-01 00:00:00Z", "1970-13-01T00:00:00Z", "1970-00-01T00:00:00Z", "1970-01-32T00:00:00Z",
               "1970-01-00T00:00:00Z", "1970-04-31T00:00:00Z", "2100-02-29T00:00:00Z", "2026-02-29T00:00:00Z",
               "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "2016-12-31T23:59:60Z", "+970-01-01T00:00:00Z",
               "1970-1-01T00:00:000Z", "1970-01-01T00:00:00.1a Z", "1970-01-01T00:00:0 Z", "19700101T000000Z");
  CHECK_FALSE(parse_rfc3339(text));
}
