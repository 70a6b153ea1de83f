// How refusals, payments and readiness become HTTP answers.
#include <algorithm>
#include <catch2/catch.hpp>

#include "gateway/answers.hpp"
#include "gateway/handlers/health.hpp"

namespace {
using namespace acq;
using namespace acq::gateway;

std::string header(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}
bool has(const http::Response& response, std::string_view text) {
  return response.body.find(text) != std::string::npos;
}
}  // namespace

TEST_CASE("problem answers: status and media type of every code; Retry-After on every 429 and 503") {
  for (const auto& entry : errc_table()) {
    INFO(entry.name);
    const auto response = problem_response({.code = entry.code}, "req_1");
    CHECK(response.content_type == "application/problem+json");
    CHECK(response.status == (entry.told_to_merchants ? http_status(entry.code) : 500));
    CHECK(has(response, entry.told_to_merchants ? entry.name : std::string_view("internal")));
    CHECK(has(response, "req_1"));
    if (response.status == 429 || response.status == 503) {
      const auto seconds = header(response, "Retry-After");
      REQUIRE_FALSE(seconds.empty());
      CHECK(std::stoi(seconds) >= 1);
    }
  }
  CHECK(header(problem_response({.code = Errc::in_progress}, "r"), "Retry-After") == "1");
  CHECK(header(problem_response({.code = Errc::not_found}, "r"), "Retry-After").empty());
}

TEST_CASE("problem answers: payment id, money and faults are told") {
  PaymentId id;
  id.bytes.fill(7);
  const auto unknown =
      problem_response({.code = Errc::outcome_unknown, .money = MoneyWord::possibly, .payment_id = id}, "r");
  CHECK(has(unknown, id.text()));
  CHECK(has(unknown, "\"possibly\""));
  const auto differ = problem_response({.code = Errc::fields_differ, .faults = {{"/amount", "differs"}}}, "r");
  CHECK(has(differ, "/amount"));
}

TEST_CASE("a payment is answered with its sequence as ETag, and 304 to who has it") {
  const auto fresh = payment_response({3, "{}"}, "\"2\"");
  CHECK(fresh.status == 200);
  CHECK(fresh.body == "{}");
  CHECK(header(fresh, "ETag") == "\"3\"");
  const auto same = payment_response({3, "{}"}, "\"3\"");
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  CHECK(header(same, "ETag") == "\"3\"");
}

TEST_CASE("readiness: needed dependencies and draining decide, others are only told") {
  using handlers::readiness_response;
  const handlers::Readiness fine{false, {{"log", true, true, 1'000}, {"cache", false, false, 0}}};
  const auto ready = readiness_response(fine, 1'500);
  CHECK(ready.status == 200);
  CHECK(has(ready, "\"age_ms\":500"));
  CHECK(has(ready, "\"age_ms\":null"));
  auto draining = fine;
  draining.draining = true;
  CHECK(readiness_response(draining, 1'500).status == 503);
  auto away = fine;
  away.dependencies[0].fine = false;
  CHECK(readiness_response(away, 1'500).status == 503);
}
