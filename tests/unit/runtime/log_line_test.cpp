// Whatever a field holds, a log line is one line of JSON.
#include "common/runtime/log_line.hpp"

#include <catch2/catch.hpp>

using namespace acq::runtime;

TEST_CASE("a log line has time, level, event, program and then the fields in their order") {
  CHECK(log_line(1'764'000'000'007, LogLevel::warning, "acq-gateway", "topic_guard_differs",
                 {{"topic", "acq.intents"}, {"partition", 3}, {"stopped", true}}) ==
        R"({"ts":"2025-11-24T16:00:00.007Z","level":"warning","event":"topic_guard_differs","program":"acq-gateway",)"
        R"("topic":"acq.intents","partition":3,"stopped":true})");
  CHECK(log_line(0, LogLevel::debug, "", "e", {{"n", INT64_MIN}}) ==
        R"({"ts":"1970-01-01T00:00:00.000Z","level":"debug","event":"e","n":-9223372036854775808})");
}

TEST_CASE("text that would break the line or the JSON is escaped") {
  const auto escaped = [](std::string_view text) {
    const std::string line = log_line(0, LogLevel::info, "", "e", {{"t", text}});
    return line.substr(line.find("\"t\":") + 5, line.size() - line.find("\"t\":") - 7);
  };
  CHECK(escaped("a\"b\\c") == R"(a\"b\\c)");
  CHECK(escaped("line\r\nforged\t") == R"(line\u000d\nforged\u0009)");
  CHECK(escaped(std::string_view("\0\x1b[31m\x7f", 7)) == R"(\u0000\u001b[31m\u007f)");
  CHECK(escaped("订单 é 😀") == "订单 é 😀");
  for (const char* bad : {"\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                          "\xff", "\xe8\xae", "\xc3"}) {
    const std::string shown = escaped(bad);
    CHECK(shown.find_first_not_of("\\ufd") == std::string::npos);
    CHECK_FALSE(shown.empty());
  }
}
