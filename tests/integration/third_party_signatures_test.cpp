// Somebody else's RFC 9421 and ours, in both directions: third_party_signatures.py checks, this gives it a gateway.
#include <catch2/catch.hpp>

#include "common/crypto/bytes.hpp"
#include "common/crypto/ed25519.hpp"
#include "common/http/message_signature.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/case_folder.hpp"
#include "tests/support/files.hpp"
#include "tests/support/settings.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;
using http::SignatureAlgorithm;

namespace {

struct Key {
  std::string key_id;
  SignatureAlgorithm algorithm = SignatureAlgorithm::hmac_sha256;
  std::string secret{};       ///< "mksec_…"
  std::string private_pem{};  ///< of theirs
  std::string public_key{};   ///< of ours, raw
};

void write_key(codec::JsonWriter& writer, const Key& key) {
  writer.begin_object().member("key_id", key.key_id).member("algorithm", http::name_of(key.algorithm));
  if (!key.secret.empty()) writer.member("secret", key.secret);
  if (!key.private_pem.empty()) writer.member("private_pem", key.private_pem);
  if (!key.public_key.empty()) writer.member("public_key", crypto::base64_encode(key.public_key));
  writer.end_object();
}

Finished script(const std::string& folder, const std::string& act, const std::string& place) {
  return run({test_python(), std::string(ACQ_SOURCE_DIR) + "/tests/integration/third_party_signatures.py", act, place},
             {}, folder, "signatures-" + act, at_last_ms);
}

/// "N passed, 0 failed" with at least so many.
void check_all_passed(const Finished& finished, int least) {
  INFO(finished.output << finished.errors);
  CHECK(finished.code == 0);
  const auto close = finished.output.rfind('\n', finished.output.size() - 2) + 1;
  CHECK_THAT(finished.output.substr(close), Catch::EndsWith(" passed, 0 failed\n"));
  CHECK(std::stoi(finished.output.substr(close)) >= least);
}

std::string theirs(const std::string& url, const std::vector<Key>& keys) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().member("url", url).key("keys").begin_array();
  for (const auto& key : keys) write_key(writer, key);
  writer.end_array().end_object();
  return out;
}

/// Requests that our signer made with these keys.
std::string ours(const std::vector<std::pair<Key, crypto::Secret>>& keys) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("requests").begin_array();
  for (const auto& [key, secret] : keys) {
    for (const bool writes : {true, false}) {
      const std::string method = writes ? "POST" : "GET";
      const std::string body = writes ? R"({"amount":1999})" : "";
      const auto headers = http::sign_request(method, "/v1/payments", "merchant_order_id=a%20b", body, key.key_id,
                                              secret, runtime::unix_ms() / 1000, key.algorithm);
      writer.begin_object()
          .member("method", method)
          .member("url", "http://shop.example/v1/payments?merchant_order_id=a%20b");
      writer.member("body", body).key("headers").begin_object();
      for (const auto& [name, value] : headers) writer.member(name, value);
      writer.end_object().key("key");
      write_key(writer, key);
      writer.end_object();
    }
  }
  writer.end_array().end_object();
  return out;
}

}  // namespace

TEST_CASE("A merchant's RFC 9421 library signs what the gateway takes, by HMAC and by Ed25519") {
  System system;
  const std::string folder = system.folder().path();
  const auto id = system.merchant().id_text();
  const auto added = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"merchant", "key", "add", id, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto finished = system.acq(std::move(arguments));
    INFO(finished.errors);
    REQUIRE(finished.code == 0);
    return codec::parse_json(finished.output).value();
  };
  REQUIRE(script(folder, "keys", folder).code == 0);
  const auto ed25519 = added({"--algorithm", "ed25519", "--public-key", folder + "/public.pem"});
  const auto hmac = added({});
  const std::vector<Key> keys{
      {.key_id = std::string(hmac.string_or("key_id")), .secret = std::string(hmac.string_or("key_secret"))},
      {.key_id = std::string(ed25519.string_or("key_id")),
       .algorithm = SignatureAlgorithm::ed25519,
       .private_pem = read_file(folder + "/private.pem")}};
  const std::string gateway = system.url("gateway-1");
  const std::string places = folder + "/theirs.json";
  write_file(places, theirs(gateway, keys));
  const Merchant renewed(gateway, id, keys.front().key_id, keys.front().secret);
  // Where the one that was made last is known, both are. Not 404: a young Redis proves no absence (P7).
  await("both keys at the gateway", soon_ms, [&] {
    const int status = renewed.by_number("none").status;
    return status != 401 && status != 0;
  });
  check_all_passed(script(folder, "theirs", places), 40);

  // The control: with a secret that is not the key's, it says so.
  auto wrong = keys;
  wrong.front().secret = "mksec_" + crypto::base64_encode(crypto::random_bytes(32));
  write_file(places, theirs(gateway, wrong));
  const auto refused = script(folder, "theirs", places);
  CHECK(refused.code == 1);
  CHECK_THAT(refused.output, Catch::Contains("FAILED  hmac-sha256: a payment"));
}

TEST_CASE("What our signer makes verifies by a third party's RFC 9421 library, and no changed copy of it does") {
  const Folder& folder = case_folder();
  const std::string secret = crypto::random_bytes(32);
  const crypto::Secret seed(crypto::random_bytes(crypto::ed25519_key_bytes));
  const Key hmac{.key_id = "mk_test_1", .secret = "mksec_" + crypto::base64_encode(secret)};
  const Key ed25519{
      .key_id = "mk_test_2", .algorithm = SignatureAlgorithm::ed25519, .public_key = crypto::ed25519_public_key(seed)};
  write_file(folder / "ours.json", ours({{hmac, crypto::Secret(secret)}, {ed25519, seed}}));
  check_all_passed(script(folder.path(), "ours", folder / "ours.json"), 18);
}
