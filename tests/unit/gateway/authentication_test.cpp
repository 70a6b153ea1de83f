// Who signed a request, and that every fault of a signature looks the same.
#include <catch2/catch.hpp>

#include "common/crypto/ed25519.hpp"
#include "common/http/message_signature.hpp"
#include "gateway/authentication.hpp"

namespace {
using namespace acq;
using namespace acq::gateway;

constexpr std::int64_t now_s = 1'764'000'000;

struct Signed {
  std::vector<std::pair<std::string, std::string>> headers;
  http::Request request;
};

/// A signed create; views into `headers`, so it is filled in place.
void sign(Signed& made, std::string_view key_id, const std::string& secret, std::int64_t created_s = now_s) {
  made.request.method = "POST";
  made.request.target = made.request.path = "/v1/payments";
  made.request.body = "{}";
  made.headers = http::sign_request("POST", "/v1/payments", "", "{}", key_id, crypto::Secret(secret), created_s);
  made.request.headers.clear();
  for (const auto& [name, value] : made.headers) made.request.headers.push_back({name, value});
}

DirectorySnapshot directory() {
  DirectorySnapshot snapshot;
  MerchantKey key{{MerchantId{}, Currency::parse("CNY").value(), true},
                  http::SignatureAlgorithm::hmac_sha256,
                  crypto::Secret(std::string(32, 'k'))};
  snapshot.keys.emplace("mk_test_1", key);
  key.expires_at_ms = now_s * 1000;
  snapshot.keys.emplace("mk_test_old", key);
  return snapshot;
}

Errc fault(std::string_view key_id, const std::string& secret, std::int64_t created_s = now_s) {
  Signed made;
  sign(made, key_id, secret, created_s);
  const auto merchant = authenticate(made.request, directory(), now_s * 1000);
  REQUIRE(merchant.has_error());
  return merchant.error().code;
}
}  // namespace

TEST_CASE("authentication: a known key's signature names its merchant") {
  Signed made;
  sign(made, "mk_test_1", std::string(32, 'k'));
  const auto merchant = authenticate(made.request, directory(), now_s * 1000);
  REQUIRE(merchant.has_value());
  CHECK(merchant->active);
}

TEST_CASE("authentication: unknown key, wrong secret, ended key and old signature are one answer") {
  CHECK(fault("mk_test_2", std::string(32, 'k')) == Errc::unauthorized);
  CHECK(fault("mk_test_1", std::string(32, 'x')) == Errc::unauthorized);
  CHECK(fault("mk_test_old", std::string(32, 'k')) == Errc::unauthorized);
  CHECK(fault("mk_test_1", std::string(32, 'k'), now_s - 301) == Errc::unauthorized);
  CHECK(fault("mk_test_1", std::string(32, 'k'), now_s + 301) == Errc::unauthorized);
  Signed unsigned_request;
  sign(unsigned_request, "mk_test_1", std::string(32, 'k'));
  unsigned_request.request.headers.clear();
  CHECK(authenticate(unsigned_request.request, directory(), now_s * 1000).error().code == Errc::unauthorized);
}

TEST_CASE("authentication: an Ed25519 key signs by its private half only, and its use is noted to the minute") {
  const crypto::Secret seed(std::string(32, 's'));
  DirectorySnapshot snapshot;
  const MerchantKey key{{MerchantId{}, Currency::parse("CNY").value(), true},
                        http::SignatureAlgorithm::ed25519,
                        crypto::Secret(crypto::ed25519_public_key(seed))};
  snapshot.keys.emplace("mk_test_ed", key);
  const auto asked = [&snapshot](const crypto::Secret& with, http::SignatureAlgorithm algorithm, std::int64_t at_s) {
    Signed made;
    sign(made, "mk_test_ed", "");
    made.headers = http::sign_request("POST", "/v1/payments", "", "{}", "mk_test_ed", with, at_s, algorithm);
    made.request.headers.clear();
    for (const auto& [name, value] : made.headers) made.request.headers.push_back({name, value});
    return authenticate(made.request, snapshot, at_s * 1000).has_value();
  };
  constexpr auto ed25519 = http::SignatureAlgorithm::ed25519;
  CHECK_FALSE(asked(crypto::Secret(std::string(32, 'x')), ed25519, now_s));
  CHECK_FALSE(asked(key.key, http::SignatureAlgorithm::hmac_sha256, now_s));
  CHECK(key.use->at_ms() == 0);
  CHECK(asked(seed, ed25519, now_s));
  CHECK(key.use->at_ms() == now_s * 1000);
  CHECK(asked(seed, ed25519, now_s + 59));
  CHECK(key.use->at_ms() == now_s * 1000);
  CHECK(asked(seed, ed25519, now_s + 60));
  CHECK(key.use->at_ms() == (now_s + 60) * 1000);
}

TEST_CASE("authentication: the work is that of the algorithm that was named, whatever key there is") {
  using enum http::SignatureAlgorithm;
  auto snapshot = directory();
  MerchantKey key = snapshot.keys.at("mk_test_1");
  key.algorithm = ed25519;
  snapshot.keys.emplace("mk_test_ed", key);
  const auto asked = [&snapshot](std::string_view key_id, std::optional<http::SignatureAlgorithm> algorithm) {
    http::SignatureHeaders headers;
    headers.key_id = key_id;
    headers.algorithm = algorithm;
    return signer_of(headers, snapshot, now_s * 1000);
  };
  const auto stand_in = asked("mk_test_nobody", ed25519);
  CHECK(stand_in.known == nullptr);
  CHECK(stand_in.key.size() == 32);
  for (const auto* id : {"mk_test_nobody", "mk_test_old", "mk_test_1", "mk_test_ed"}) {
    CHECK(asked(id, ed25519).algorithm == ed25519);
    CHECK(asked(id, hmac_sha256).algorithm == hmac_sha256);
    CHECK(asked(id, std::nullopt).algorithm == hmac_sha256);
  }
  CHECK(asked("mk_test_1", hmac_sha256).known != nullptr);
  CHECK(asked("mk_test_1", std::nullopt).known != nullptr);
  CHECK(asked("mk_test_ed", ed25519).known != nullptr);
  // Another algorithm than the key's: nobody's key, so that a known id takes no less than an unknown one.
  for (const auto& signer : {asked("mk_test_1", ed25519), asked("mk_test_ed", hmac_sha256),
                             asked("mk_test_ed", std::nullopt), asked("mk_test_old", hmac_sha256)}) {
    CHECK(signer.known == nullptr);
    CHECK(signer.key == stand_in.key);
  }
}

TEST_CASE("authentication: a body that is not the signed one is named") {
  Signed made;
  sign(made, "mk_test_1", std::string(32, 'k'));
  made.request.body = "{ }";
  CHECK(authenticate(made.request, directory(), now_s * 1000).error().code == Errc::digest_mismatch);
}

TEST_CASE("directory: a key that has ended is not found, a day without a key has none") {
  auto snapshot = directory();
  CHECK(snapshot.find_key("mk_test_old", now_s * 1000 - 1) != nullptr);
  CHECK(snapshot.find_key("mk_test_old", now_s * 1000) == nullptr);
  snapshot.code_keys.emplace(10, crypto::Secret("day"));
  CHECK(snapshot.code_key_at(10 * 86'400'000LL) != nullptr);
  CHECK(snapshot.code_key_at(11 * 86'400'000LL - 1) != nullptr);
  CHECK(snapshot.code_key_at(11 * 86'400'000LL) == nullptr);
}
