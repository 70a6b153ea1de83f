// What signature-check says: the part that differs, to whoever holds the key; and one sentence for every other reason.
#include <catch2/catch.hpp>
#include <functional>

#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/ed25519.hpp"
#include "common/http/message_signature.hpp"
#include "gateway/authentication.hpp"
#include "gateway/signature_diagnosis.hpp"

namespace {
using namespace acq;
using namespace acq::gateway;
using http::SignatureAlgorithm;

constexpr std::int64_t now_s = 1'764'000'000;
const std::string secret(32, 'k');
const std::string seed(32, 's');

DirectorySnapshot directory() {
  DirectorySnapshot snapshot;
  MerchantKey key;
  key.merchant.currency = Currency::parse("CNY").value();
  key.key = crypto::Secret(secret);
  snapshot.keys.emplace("mk_test_1", key);
  key.expires_at_ms = now_s * 1000;
  snapshot.keys.emplace("mk_test_ended", key);
  key.expires_at_ms = 0;
  key.algorithm = SignatureAlgorithm::ed25519;
  key.key = crypto::Secret(crypto::ed25519_public_key(crypto::Secret(seed)));
  snapshot.keys.emplace("mk_test_ed", key);
  return snapshot;
}

/// A request to signature-check that is signed as it should be, then changed.
class Check {
 public:
  explicit Check(std::string_view key_id = "mk_test_1", const std::string& key = secret,
                 SignatureAlgorithm algorithm = SignatureAlgorithm::hmac_sha256, std::int64_t created_s = now_s)
      : algorithm_(algorithm), key_(key) {
    request.method = "POST";
    request.target = "/v1/signature-check?a=b";
    request.path = "/v1/signature-check";
    request.query = "a=b";
    request.body = R"({"amount":1999})";
    headers = http::sign_request("POST", request.path, request.query, request.body, key_id, crypto::Secret(key),
                                 created_s, algorithm);
  }

  /// As a client does that signs another base.
  void sign_instead(const std::string& base) {
    const auto signature = algorithm_ == SignatureAlgorithm::ed25519
                               ? crypto::sign_ed25519(crypto::Secret(key_), base)
                               : std::string(crypto::raw(crypto::hmac_sha256(key_, base)));
    headers.back().second = "acq=:" + crypto::base64_encode(signature) + ":";
  }
  std::string base() {
    const auto diagnosis = run();
    REQUIRE(diagnosis.base);
    return *diagnosis.base;
  }
  SignatureDiagnosis run() {
    request.headers.clear();
    for (const auto& [name, value] : headers) request.headers.push_back({name, value});
    auto diagnosis = diagnose(request, directory(), now_s * 1000);
    CHECK(diagnosis.verified == authenticate(request, directory(), now_s * 1000).has_value());
    return diagnosis;
  }

  http::Request request;
  std::vector<std::pair<std::string, std::string>> headers;  ///< Content-Digest, Signature-Input, Signature

 private:
  SignatureAlgorithm algorithm_;
  std::string key_;
};

/// "signature, @path": the parts that are not ok.
std::string faults(const SignatureDiagnosis& diagnosis) {
  std::string all;
  for (const auto& check : diagnosis.checks) {
    CHECK(check.ok == check.detail.empty());
    if (!check.ok) all += (all.empty() ? "" : ", ") + std::string(check.part);
  }
  CHECK(diagnosis.verified == all.empty());
  return all;
}
std::string detail_of(const SignatureDiagnosis& diagnosis, std::string_view part) {
  for (const auto& check : diagnosis.checks) {
    if (check.part == part) return check.detail;
  }
  return "not said";
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

struct Slip {
  std::string part;
  std::function<std::string(const std::string& base)> sign;
};
std::vector<Slip> slips() {
  return {
      {"@path", [](const auto& base) { return with(base, "/v1/signature-check", "/v1/payments"); }},
      {"@path", [](const auto& base) { return with(base, "/v1/signature-check", "/v1/signature-check?a=b"); }},
      {"@query", [](const auto& base) { return with(base, "?a=b", "a=b"); }},
      {"@query", [](const auto& base) { return with(base, "?a=b", "?"); }},
      {"@method", [](const auto& base) { return with(base, "POST", "post"); }},
      {"content-digest", [](const auto& base) { return with(with(base, "sha-256=:", ""), "=:\n", "=\n"); }},
      {"@signature-params", [](const auto& base) { return with(base, "params\": (", "params\": acq=("); }},
      {"line-ends", [](const auto& base) { return base + "\n"; }},
      {"line-ends",
       [](const auto& base) {
         std::string text;
         for (const char c : base) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
         return text;
       }},
  };
}
}  // namespace

TEST_CASE("signature check: a right signature is verified, and its base is shown") {
  Check hmac;
  const auto diagnosis = hmac.run();
  CHECK(faults(diagnosis).empty());
  CHECK(diagnosis.checks.size() == 4);
  CHECK(diagnosis.base == "\"@method\": POST\n\"@path\": /v1/signature-check\n\"@query\": ?a=b\n\"content-digest\": " +
                              hmac.headers[0].second + "\n\"@signature-params\": " + hmac.headers[1].second.substr(4));
  CHECK(faults(Check("mk_test_ed", seed, SignatureAlgorithm::ed25519).run()).empty());
}

TEST_CASE("signature check: whoever holds the key is told which part of the base was signed otherwise") {
  for (const bool ed25519 : {false, true}) {
    for (const auto& slip : slips()) {
      Check check(ed25519 ? "mk_test_ed" : "mk_test_1", ed25519 ? seed : secret,
                  ed25519 ? SignatureAlgorithm::ed25519 : SignatureAlgorithm::hmac_sha256);
      check.sign_instead(slip.sign(check.base()));
      CHECK(faults(check.run()) == "signature, " + slip.part);
    }
  }
  Check respelled;
  const auto sent = with(respelled.base(), "(\"@method\"", "( \"@method\"");
  respelled.headers[1].second = with(respelled.headers[1].second, "(\"@method\"", "(  \"@method\"");
  respelled.sign_instead(sent);
  CHECK(faults(respelled.run()) == "signature");  // neither what was sent nor what libraries write
  Check usual;
  const auto base = usual.base();
  usual.headers[1].second = with(usual.headers[1].second, ";created", "; created");
  usual.sign_instead(base);
  CHECK(faults(usual.run()) == "signature, @signature-params");
}

TEST_CASE("signature check: a secret that was not decoded is named") {
  const auto encoded = crypto::base64_encode(secret);
  CHECK(faults(Check("mk_test_1", "mksec_" + encoded).run()) == "signature, key");
  CHECK(faults(Check("mk_test_1", encoded).run()) == "signature, key");
}

TEST_CASE("signature check: of keys that are not the caller's nothing is told (P29)") {
  const std::string wrong(32, 'x');
  const auto said = [](Check check) { return detail_of(check.run(), "signature"); };
  const auto unknown = said(Check("mk_test_nobody", wrong));
  CHECK(unknown.find("no live key of this id") == 0);
  CHECK(said(Check("mk_test_1", wrong)) == unknown);
  CHECK(said(Check("mk_test_ended", secret)) == unknown);
  CHECK(said(Check("mk_test_ed", secret)) == unknown);
  CHECK(said(Check("mk_test_1", seed, SignatureAlgorithm::ed25519)) == unknown);
  CHECK(said(Check("mk_test_nobody", seed, SignatureAlgorithm::ed25519)) == unknown);
  // A slip is told to whoever holds the key only; the stand-in for an unknown key is in our source, and counts for
  // nothing.
  std::string stand_in = "\x58";
  stand_in.resize(32, '\x66');
  for (const auto& [id, key] :
       std::vector<std::pair<std::string, std::string>>{{"mk_test_1", wrong}, {"mk_test_nobody", stand_in}}) {
    for (const auto& slip : slips()) {
      Check check(id, key);
      check.sign_instead(slip.sign(check.base()));
      CHECK(faults(check.run()) == "signature");
      CHECK(said(check) == unknown);
    }
    CHECK(said(Check(id, key)) == unknown);
  }
  // Who has only recorded a signature does not learn whether its key still lives.
  Check recorded("mk_test_1", secret, SignatureAlgorithm::hmac_sha256, now_s - 301);
  Check invented("mk_test_nobody", wrong, SignatureAlgorithm::hmac_sha256, now_s - 301);
  CHECK(faults(recorded.run()) == "created, signature");
  CHECK(detail_of(recorded.run(), "signature") == detail_of(invented.run(), "signature"));
}

TEST_CASE("signature check: what the request itself shows is told to anybody") {
  Check late("mk_test_1", secret, SignatureAlgorithm::hmac_sha256, now_s + 301);
  CHECK(detail_of(late.run(), "created") == "created in the future: our clock says 1764000000");
  Check expired;
  expired.headers[1].second += ";expires=1764000000";
  expired.sign_instead(expired.base());
  CHECK(faults(expired.run()) == "expires, signature");
  expired.headers[1].second.back() = '1';
  expired.sign_instead(expired.base());
  CHECK(faults(expired.run()).empty());

  Check other_body;
  other_body.request.body = "{}";
  CHECK(faults(other_body.run()) == "content-digest");
  CHECK(detail_of(other_body.run(), "content-digest") ==
        "the body has another SHA-256; we computed sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=: over the 2 "
        "bytes that came");
  Check no_digest;
  no_digest.headers.erase(no_digest.headers.begin());
  CHECK(faults(no_digest.run()) == "content-digest, signature");

  Check bare;
  bare.headers.clear();
  const auto diagnosis = bare.run();
  CHECK(faults(diagnosis) == "signature-input, content-digest");
  CHECK_FALSE(diagnosis.base);
  CHECK(detail_of(diagnosis, "signature-input").find("(\"@method\" \"@path\" \"@query\" \"content-digest\")") !=
        std::string::npos);
  Check two;
  two.headers[1].second += ", other=" + two.headers[1].second.substr(4);
  CHECK(faults(two.run()) == "signature-input");
  Check hex;
  hex.headers[2].second = "acq=abcdef";
  CHECK(faults(hex.run()) == "signature");
  CHECK(detail_of(hex.run(), "signature").find("wanted: LABEL=:BASE64:") != std::string::npos);
}
