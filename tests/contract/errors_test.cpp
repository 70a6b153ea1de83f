// docs/errors.md and openapi.yaml's table of codes are what common/error says: rendered from it and compared.
#include <catch2/catch.hpp>
#include <iostream>

#include "common/codec/api_json.hpp"
#include "common/codec/json_document.hpp"
#include "common/error/errc_help.hpp"
#include "tests/contract/documents.hpp"
#include "tests/support/result_text.hpp"

using namespace acq;
using namespace acq::contract;

namespace {

constexpr std::string_view doc_begin = "<!-- From common/error by tests/contract/errors_test.cpp -->\n";
constexpr std::string_view doc_end = "<!-- End of what is generated -->\n";
constexpr std::string_view yaml_begin = "      # From common/error by tests/contract/errors_test.cpp\n";
constexpr std::string_view yaml_end = "      # End of what is generated\n";

std::string between(const std::string& text, std::string_view begin, std::string_view end) {
  const auto from = text.find(begin);
  REQUIRE(from != std::string::npos);
  const auto to = text.find(end, from);
  REQUIRE(to != std::string::npos);
  return text.substr(from + begin.size(), to - from - begin.size());
}

std::string retry_of(const ErrcEntry& entry) {
  if (entry.retry_with == RetryWith::new_number) return "under a new number";
  if (!entry.retry_safe) return "not as it is";
  const std::string when =
      entry.retry_after_ms > 0 ? "after " + std::to_string(entry.retry_after_ms) + " ms" : "at once";
  return when + (entry.retry_with == RetryWith::same_number ? ", same number" : "");
}

/// The heading is the anchor that a problem's `type` leads to.
std::string doc() {
  std::string out;
  for (const auto& entry : errc_table()) {
    if (!entry.told_to_merchants) continue;
    const auto help = help_of(entry.code);
    out += "### " + std::string(entry.name) + "\n\n" + std::to_string(http_status(entry.code)) + ", \"" +
           std::string(entry.title) + "\"\n\n- When: " + std::string(help.when) +
           "\n- Next: " + std::string(help.next) + "\n- Retry: " + retry_of(entry) +
           "\n- Money: " + std::string(help.money) + "\n\n";
  }
  return out;
}

std::string yaml() {
  std::string names = "      enum:\n";
  std::string statuses = "      x-status-of-code:\n";
  std::string retries = "      x-retry-of-code:\n";
  for (const auto& entry : errc_table()) {
    if (!entry.told_to_merchants) continue;
    const std::string name(entry.name);
    names += "        - " + name + "\n";
    statuses += "        " + name + ": " + std::to_string(http_status(entry.code)) + "\n";
    retries += "        " + name + ": " + retry_of(entry) + "\n";
  }
  return names + statuses + retries;
}

void compare(const char* file, const std::string& found, const std::string& expected) {
  const bool same = found == expected;
  if (!same) std::cout << file << ", between its two marks, should read:\n" << expected;
  CHECK(same);
}

}  // namespace

TEST_CASE("docs/errors.md tells of every code what common/error says") {
  compare("docs/errors.md", between(read_file(schemas().parent_path() / "docs/errors.md"), doc_begin, doc_end), doc());
}

TEST_CASE("openapi's table of codes is common/error's") {
  compare("schemas/api/openapi.yaml", between(read_file(schemas() / "api/openapi.yaml"), yaml_begin, yaml_end), yaml());
}

TEST_CASE("a difference between the table and its pages is seen") {
  auto planted = doc();
  planted.replace(planted.find("16 KiB"), 2, "17");
  CHECK_FALSE(planted == doc());
  CHECK(between("a" + std::string(doc_begin) + planted + std::string(doc_end), doc_begin, doc_end) == planted);
}

TEST_CASE("a problem's type leads to its code's heading in docs/errors.md, and every code says all that it must") {
  const auto page = read_file(schemas().parent_path() / "docs/errors.md");
  for (const auto& entry : errc_table()) {
    INFO(entry.name);
    std::string body;
    codec::write_problem(body, {.code = entry.code, .request_id = "req_1"});
    const auto document = codec::parse_json(body);
    REQUIRE(document);
    const std::string type(document->string_or("type"));
    REQUIRE(type.starts_with("/docs/errors#"));
    CHECK(page.find("\n### " + type.substr(type.find('#') + 1) + "\n") != std::string::npos);
    const auto help = help_of(entry.code);
    CHECK(help.when.size() > 10);
    CHECK(help.next.size() > 3);
    CHECK(help.money.size() > 10);
    CHECK((entry.told_to_merchants || help.when == help_of(Errc::internal).when));
  }
}
