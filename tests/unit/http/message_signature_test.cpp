// RFC 9421 in our profile: an independent vector, round trips, and every way to tamper that we could think of.
#include "common/http/message_signature.hpp"

#include <catch2/catch.hpp>

#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/ed25519.hpp"

using namespace acq;
using namespace acq::http;

namespace {

const crypto::Secret key(std::string(32, 'k'));
constexpr std::int64_t now = 1'764'000'000;
const std::string body = R"({"amount":1})";
const std::string with_body = R"(("@method" "@path" "@query" "content-digest"))";
const std::string digest = "sha-256=:wrEeZX4S/RdzWWJ8qJQSAY4idNCHPPv88fxQ9oVYLp4=:";

/// A request that owns its header texts.
struct Signed {
  std::string input = "acq=" + with_body + R"(;created=1764000000;keyid="mk_test_1";alg="hmac-sha256")";
  std::string signature = "acq=:mXo0sLK3JW7yr8OKc2N0KkGnse9564JOfAonMmk8tSI=:";
  std::string digest_field = digest;
  std::string text = body;
  std::string method = "POST";
  std::string path = "/v1/payments";
  std::string query;

  Request request() const {
    Request made;
    made.method = method;
    made.path = path;
    made.query = query;
    made.body = text;
    made.headers = {{"Content-Digest", digest_field}, {"signature-input", input}, {"SIGNATURE", signature}};
    if (text.empty()) made.headers.erase(made.headers.begin());
    return made;
  }
  bool verifies() const {
    const Request made = request();
    const auto headers = read_signature(made);
    return headers && check_times(*headers, now, 300) &&
           verify(made, *headers, SignatureAlgorithm::hmac_sha256, key.reveal()) && check_digest(made);
  }
  /// Signs anew over whatever the parameters now are.
  Signed& resign() {
    const auto equals = input.find('=');
    const auto base = signature_base(request(), std::string_view(input).substr(equals + 1));
    signature = input.substr(0, equals) +
                "=:" + crypto::base64_encode(crypto::raw(crypto::hmac_sha256(key.reveal(), base))) + ":";
    return *this;
  }
};

Signed with_input(const std::string& input) {
  Signed made;
  made.input = input;
  return made.resign();
}
Signed with_parameters(const std::string& parameters) {
  return with_input("acq=" + with_body + parameters);
}

}  // namespace

TEST_CASE("hmac-sha256 signs RFC 9421's example B.2.5") {
  const auto secret =
      crypto::base64_decode("uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==");
  const std::string base =
      "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n"
      "\"@authority\": example.com\n"
      "\"content-type\": application/json\n"
      "\"@signature-params\": (\"date\" \"@authority\" "
      "\"content-type\");created=1618884473;keyid=\"test-shared-secret\"";
  CHECK(crypto::base64_encode(crypto::raw(crypto::hmac_sha256(secret.value(), base))) ==
        "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
}

TEST_CASE("a request signed with openssl verifies, and its base is the RFC's") {
  const Signed good;  // its signature was made by `openssl dgst -sha256 -mac HMAC` over this base
  CHECK(signature_base(good.request(), std::string_view(good.input).substr(4)) ==
        "\"@method\": POST\n\"@path\": /v1/payments\n\"@query\": ?\n\"content-digest\": " + digest +
            "\n\"@signature-params\": " + with_body + R"(;created=1764000000;keyid="mk_test_1";alg="hmac-sha256")");
  CHECK(good.verifies());
  const auto request = good.request();
  const auto headers = read_signature(request).value();
  CHECK(headers.label == "acq");
  CHECK(headers.key_id == "mk_test_1");
  CHECK(headers.algorithm == SignatureAlgorithm::hmac_sha256);
  CHECK(headers.created_s == now);
  CHECK(headers.expires_s == 0);
  CHECK(headers.nonce.empty());
  CHECK(headers.signature.size() == 32);
}

TEST_CASE("what sign_request makes verifies, with and without body and query") {
  for (const std::string& text : {std::string(), body}) {
    for (const std::string& query : {std::string(), std::string("a=b&c=%20")}) {
      Signed made;
      made.text = text;
      made.query = query;
      for (const auto& [name, value] : sign_request("POST", "/v1/payments", query, text, "mk_test_1", key, now)) {
        if (name == "Content-Digest")
          made.digest_field = value;
        else if (name == "Signature-Input")
          made.input = value;
        else
          made.signature = value;
      }
      CHECK(made.verifies());
    }
  }
  CHECK(sign_request("GET", "/", "", "", "k", key, now).size() == 2);
}

TEST_CASE("ed25519 verifies RFC 9421's example B.2.6, and nothing that differs from it") {
  const auto pem =
      "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n"
      "-----END PUBLIC KEY-----\n";
  const auto public_key = crypto::ed25519_from_pem(pem);
  REQUIRE(public_key.size() == crypto::ed25519_key_bytes);
  const std::string base =
      "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n\"@authority\": example.com\n"
      "\"content-type\": application/json\n\"content-length\": 18\n\"@signature-params\": (\"date\" \"@method\" "
      "\"@path\" \"@authority\" \"content-type\" \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
  auto signature =
      crypto::base64_decode("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==")
          .value();
  CHECK(crypto::verify_ed25519(public_key, base, signature));
  CHECK_FALSE(crypto::verify_ed25519(public_key, base + " ", signature));
  CHECK_FALSE(crypto::verify_ed25519(public_key, base, signature.substr(1)));
  CHECK_FALSE(crypto::verify_ed25519(public_key.substr(1), base, signature));
  CHECK_FALSE(crypto::verify_ed25519(std::string(32, '\xff'), base, signature));
  signature[0] = static_cast<char>(signature[0] ^ 1);
  CHECK_FALSE(crypto::verify_ed25519(public_key, base, signature));
  CHECK(crypto::ed25519_from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").empty());
}

TEST_CASE("an algorithm verifies only what its own key signed: swapping the name proves nothing") {
  const crypto::Secret seed(std::string(32, 's'));
  const auto public_key = crypto::ed25519_public_key(seed);
  constexpr auto ed25519 = SignatureAlgorithm::ed25519;
  constexpr auto hmac = SignatureAlgorithm::hmac_sha256;
  const auto signed_with = [](SignatureAlgorithm algorithm, const crypto::Secret& with) {
    Signed made;
    for (const auto& [name, value] : sign_request("POST", "/v1/payments", "", body, "k", with, now, algorithm)) {
      if (name == "Signature-Input") made.input = value;
      if (name == "Signature") made.signature = value;
    }
    return made;
  };
  const auto verifies = [](const Signed& made, SignatureAlgorithm algorithm, std::string_view with) {
    const Request request = made.request();
    return verify(request, read_signature(request).value(), algorithm, with);
  };
  CHECK(verifies(signed_with(ed25519, seed), ed25519, public_key));
  // A public key is public: taken for HMAC's secret it must open nothing.
  CHECK_FALSE(verifies(signed_with(hmac, crypto::Secret(public_key)), ed25519, public_key));
  CHECK_FALSE(verifies(signed_with(ed25519, seed), hmac, public_key));
  Signed renamed = signed_with(hmac, crypto::Secret(public_key));
  renamed.input.replace(renamed.input.find("hmac-sha256"), 11, "ed25519");
  CHECK_FALSE(verifies(renamed, ed25519, public_key));
}

TEST_CASE("an empty path is signed as a slash") {
  Signed made;
  made.path = "";
  CHECK_THAT(signature_base(made.request(), "()"),
             Catch::StartsWith("\"@method\": POST\n\"@path\": /\n\"@query\": ?\n"));
}

TEST_CASE("libraries differ: labels, order, spaces and further parameters are taken") {
  for (const std::string& parameters : {
           std::string(R"(;alg="hmac-sha256";keyid="mk_test_1";created=1764000000)"),
           std::string(R"(;created=1764000000;keyid="mk_test_1")"),
           std::string(R"(; created=1764000000;  keyid="mk_test_1")"),
           std::string(R"(;created=1764000000;keyid="mk_test_1";nonce="n\"1\\";tag="app")"),
           std::string(R"(;created=1764000000;expires=1764000060;keyid="mk_test_1")"),
           std::string(
               R"(;x=1;created=1764000000;y=-1.5;keyid="mk_test_1";z=tok/en:1;b=:AA==:;t=?1;f=?0;bare;s="a b")"),
       }) {
    INFO(parameters);
    CHECK(with_parameters(parameters).verifies());
  }
  const std::string rest = R"(;created=1764000000;keyid="mk_test_1")";
  CHECK(with_input("sig1=" + with_body + rest).verifies());
  CHECK(with_input("*x-y.z_1=" + with_body + rest).verifies());
  CHECK(with_input(R"(sig=(  "@method"   "@path" "@query"  "content-digest"  ))" + rest).verifies());
  const Signed nonce = with_parameters(R"(;created=1764000000;keyid="mk_test_1";nonce="n\"1\\")");
  CHECK(read_signature(nonce.request())->nonce == "n\"1\\");
}

TEST_CASE("another list of components is refused, though it is signed rightly") {
  const std::string rest = R"(;created=1764000000;keyid="mk_test_1")";
  for (const char* list :
       {R"(("@path" "@method" "@query" "content-digest"))", R"(("@method" "@path" "@query"))", R"(())",
        R"(("@method" "@path" "content-digest"))", R"(("@method" "@path" "@query" "content-digest" "date"))",
        R"(("@method" "@path" "@query" "content-digest" "content-digest"))",
        R"(("@method" "@path" "@query";req "content-digest"))", R"(("@method" "@path" "@query" "Content-Digest"))",
        R"(("@method""@path" "@query" "content-digest"))", R"("@method" "@path" "@query" "content-digest")",
        R"(("@method" "@path" "@query" "content-digest")", R"((@method @path @query content-digest))",
        R"(("@method" "@target-uri" "@query" "content-digest"))", R"((@method))", "?1", "",
        "(\"@method\"\t\"@path\" \"@query\" \"content-digest\")"}) {
    INFO(list);
    CHECK_FALSE(with_input(std::string("acq=") + list + rest).verifies());
  }
  Signed empty;
  empty.text.clear();
  CHECK_FALSE(empty.resign().verifies());  // no body, yet content-digest in the list
}

TEST_CASE("odd parameters are refused, though they are signed rightly") {
  for (const char* parameters :
       {R"(;keyid="mk_test_1")",
        R"(;created=1764000000)",
        R"()",
        R"(;created="1764000000";keyid="mk_test_1")",
        R"(;created=1764000000.0;keyid="mk_test_1")",
        R"(;created=-1;keyid="mk_test_1")",
        R"(;created=0;keyid="mk_test_1")",
        R"(;created;keyid="mk_test_1")",
        R"(;created=;keyid="mk_test_1")",
        R"(;created=17640000000000000;keyid="mk_test_1")",
        R"(;created=1764000000;keyid=mk_test_1)",
        R"(;created=1764000000;keyid="")",
        R"(;created=1764000000;keyid="mk\_test")",
        R"(;created=1764000000;keyid="mk\"test")",
        R"(;created=1764000000;keyid="mk_test_1)",
        R"(;created=1764000000;created=1764000000;keyid="mk_test_1")",
        R"(;created=1764000000;keyid="mk_test_1";keyid="mk_test_2")",
        R"(;created=1764000000;keyid="mk_test_1";alg="rsa-pss-sha512")",
        R"(;created=1764000000;keyid="mk_test_1";alg="none")",
        R"(;created=1764000000;keyid="mk_test_1";alg="")",
        R"(;created=1764000000;keyid="mk_test_1";alg="HMAC-SHA256")",
        R"(;created=1764000000;keyid="mk_test_1";alg=hmac-sha256)",
        R"(;created=1764000000;keyid="mk_test_1";alg="ed25519")",  // a key is not used under another algorithm
        R"(;created=1764000000;keyid="mk_test_1";nonce=1)",
        R"(;created=1764000000;keyid="mk_test_1";nonce="")",
        R"(;created=1764000000;keyid="mk_test_1";nonce="a\b")",
        R"(;created=1764000000;keyid="mk_test_1";)",
        R"(;created=1764000000;keyid="mk_test_1";X=1)",
        R"(;created=1764000000;keyid="mk_test_1";x=)",
        R"(;created=1764000000;keyid="mk_test_1";x=?2)",
        R"(;created=1764000000;keyid="mk_test_1";x=:A:)",
        R"(;created=1764000000;keyid="mk_test_1";x=1.)",
        R"(;created=1764000000;keyid="mk_test_1" x)",
        R"( ;created=1764000000;keyid="mk_test_1")",
        R"(;created=1764000000;keyid="mk_test_1", sig2=("@method" "@path" "@query" "content-digest");created=1)",
        R"(;created=1764000000;keyid="mk_test_1",)",
        ";created=1764000000;keyid=\"mk_test_\xc3\xa9\"",
        ";created=1764000000;keyid=\"mk\x01\""}) {
    INFO(parameters);
    CHECK_FALSE(with_parameters(parameters).verifies());
  }
  std::string many = R"(;created=1764000000;keyid="mk_test_1")";
  for (int i = 0; i < 20; ++i) many += ";x" + std::to_string(i) + "=1";
  CHECK_FALSE(with_parameters(many).verifies());
}

TEST_CASE("an odd Signature is refused") {
  const std::string good = Signed().signature;
  const std::string bytes = good.substr(5, good.size() - 6);
  for (const std::string& signature :
       {std::string(), std::string("acq"), "sig=" + good.substr(4), good + ", acq2=:AAAA:", "acq2=:AAAA:, " + good,
        good + ";x=1", "acq=" + bytes, "acq=:" + bytes, "acq=\"" + bytes + "\"", std::string("acq=::"), good + " x",
        "acq=:" + bytes.substr(0, bytes.size() - 1) + ":",
        "acq=:" + bytes.substr(0, bytes.size() - 2) + "J=:", "acq=:" + bytes + bytes + ":",
        "acq=:" + bytes.substr(0, 40) + ":", "acq=: " + bytes + ":", "ACQ" + good.substr(3)}) {
    INFO(signature);
    Signed made;
    made.signature = signature;
    CHECK_FALSE(made.verifies());
  }
}

TEST_CASE("whatever is signed cannot be changed") {
  const auto changed = [](auto change) {
    Signed made;
    change(made);
    return made.verifies();
  };
  CHECK(changed([](Signed&) {}));
  CHECK_FALSE(changed([](Signed& s) { s.method = "PUT"; }));
  CHECK_FALSE(changed([](Signed& s) { s.method = "post"; }));
  CHECK_FALSE(changed([](Signed& s) { s.path = "/v1/payments/"; }));
  CHECK_FALSE(changed([](Signed& s) { s.path = "/v1/p%61yments"; }));
  CHECK_FALSE(changed([](Signed& s) { s.query = "a=b"; }));
  CHECK_FALSE(changed([](Signed& s) { s.text = R"({"amount":2})"; }));
  CHECK_FALSE(changed([](Signed& s) { s.input.replace(s.input.find("mk_test_1"), 9, "mk_test_2"); }));
  CHECK_FALSE(changed([](Signed& s) { s.input.replace(s.input.find("000000;"), 6, "000001"); }));
  CHECK_FALSE(changed([](Signed& s) { s.input += ";tag=\"x\""; }));
  CHECK_FALSE(changed([](Signed& s) { s.digest_field += ", sha-512=:AA==:"; }));
  CHECK_FALSE(changed([](Signed& s) {
    s.text = R"({"amount":2})";
    s.digest_field = "sha-256=:" + crypto::base64_encode(crypto::raw(crypto::sha256(s.text))) + ":";
  }));
}

TEST_CASE("an unsigned request is refused") {
  Request request;
  request.method = "GET";
  request.path = "/";
  CHECK(read_signature(request).error().code == Errc::unauthorized);
  const std::string input = Signed().input;
  request.headers = {{"Signature-Input", input}};
  CHECK_FALSE(read_signature(request).has_value());
}

TEST_CASE("a signature has its time") {
  SignatureHeaders headers;
  headers.created_s = now;
  CHECK(check_times(headers, now + 300, 300).has_value());
  CHECK_FALSE(check_times(headers, now + 301, 300).has_value());
  CHECK(check_times(headers, now - 300, 300).has_value());
  CHECK(check_times(headers, now - 301, 300).error().code == Errc::unauthorized);
  headers.expires_s = now + 10;
  CHECK(check_times(headers, now + 9, 300).has_value());
  CHECK_FALSE(check_times(headers, now + 10, 300).has_value());
}

TEST_CASE("the digest is recomputed over the body's bytes") {
  const auto code_of = [](const std::string& field, const std::string& text) {
    Signed made;
    made.digest_field = field;
    made.text = text;
    const auto request = made.request();
    const auto checked = check_digest(request);
    return checked ? std::string_view("good") : name_of(checked.error().code);
  };
  CHECK(code_of(digest, body) == "good");
  CHECK(code_of("sha-512=:AAAA:, " + digest, body) == "good");
  CHECK(code_of(digest + " ,\tsha-512=:AAAA:", body) == "good");
  CHECK(code_of("", "") == "good");
  CHECK(code_of(digest, body + " ") == "digest_mismatch");
  CHECK(code_of("sha-256=:AAAA:", body) == "digest_mismatch");
  for (const std::string& field : {std::string(), std::string("sha-512=:AAAA:"), digest + ", " + digest, digest + ",",
                                   "SHA-256" + digest.substr(7), std::string("sha-256=wrEe"), digest + " x",
                                   std::string("sha-256=:wrEeZX4S/RdzWWJ8qJQSAY4idNCHPPv88fxQ9oVYLp4:")}) {
    INFO(field);
    CHECK(code_of(field, body) == "missing_digest");
  }
  Request bare;
  bare.body = body;
  CHECK(check_digest(bare).error().code == Errc::missing_digest);
}

TEST_CASE("key secrets have their prefix and a key of 32 bytes") {
  CHECK(parse_key_secret("mksec_" + crypto::base64_encode(key.reveal()))->reveal() == key.reveal());
  for (const std::string& text :
       {std::string(), std::string("mksec_"), crypto::base64_encode(key.reveal()),
        "mksec_" + crypto::base64_encode(std::string(31, 'a')), "whsec_" + crypto::base64_encode(key.reveal()),
        "mksec_" + crypto::base64_encode(key.reveal()) + "\n"}) {
    CHECK(parse_key_secret(text).error().code == Errc::unauthorized);
  }
}
