// The signature-check handler: its JSON.
#include <catch2/catch.hpp>

#include "common/codec/json_document.hpp"
#include "gateway/handlers/signature_check.hpp"

using namespace acq;
using namespace acq::gateway;

namespace {

constexpr std::int64_t now_ms = 1'764'000'000'000;

http::Request unsigned_request() {
  http::Request request;
  request.method = "POST";
  request.target = request.path = "/v1/signature-check";
  return request;
}

}  // namespace

TEST_CASE("signature check: answers 200 with the parts that differ, also to who has not signed") {
  RequestMetrics metrics;
  handlers::SignatureChecks checks(metrics);
  auto request = unsigned_request();
  const auto answer = checks.check(request, {}, now_ms);
  CHECK(answer.status == 200);
  const auto said = codec::parse_json(answer.body);
  REQUIRE(said.has_value());
  REQUIRE(said->find("verified") != nullptr);
  REQUIRE(said->find("verified")->boolean() != nullptr);
  CHECK_FALSE(*said->find("verified")->boolean());
  REQUIRE(said->find("signature_base") != nullptr);
  CHECK(said->find("signature_base")->is_null());
  REQUIRE(said->find("checks") != nullptr);
  REQUIRE(said->find("checks")->array()->size() == 1);
  CHECK(said->find("checks")->array()->front().string_or("part") == "signature-input");
  CHECK(said->find("checks")->array()->front().string_or("detail") ==
        "no Signature-Input; wanted: LABEL=(\"@method\" \"@path\" \"@query\");created=UNIX_SECONDS;keyid=\"KEY_ID\";"
        "alg=\"hmac-sha256\" (or \"ed25519\"), and one label only");
  request.headers.push_back({"Accept", "text/html"});
  CHECK(checks.check(request, {}, now_ms).status == 406);
}
