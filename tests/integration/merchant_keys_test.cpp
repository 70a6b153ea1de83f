// Merchants and their keys by `acq merchant`: what changes is in force at every gateway within a moment.
#include <algorithm>
#include <catch2/catch.hpp>

#include "common/crypto/bytes.hpp"
#include "common/crypto/ed25519.hpp"
#include "common/http/message_signature.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/files.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

codec::JsonValue acq_json(System& system, std::vector<std::string> arguments, int code = 0) {
  arguments.emplace_back("--json");
  const auto finished = system.acq(std::move(arguments));
  INFO(finished.output << finished.errors);
  REQUIRE(finished.code == code);
  auto parsed = codec::parse_json(finished.output);
  return parsed ? std::move(*parsed) : codec::JsonValue{};
}

std::string text_of(const codec::JsonValue& json, std::string_view name) {
  return std::string(json.string_or(name));
}

/// Whether a signed look-up for something unknown was let in. Its answer is not 404 yet: a young Redis proves no
/// absence (P7).
bool is_known(int status) {
  return status != 401 && status != 0;
}

bool known_at(const std::vector<Merchant>& gateways) {
  return std::all_of(gateways.begin(), gateways.end(),
                     [](const Merchant& there) { return is_known(there.by_number("none").status); });
}
bool refused_at(const std::vector<Merchant>& gateways) {
  return std::all_of(gateways.begin(), gateways.end(),
                     [](const Merchant& there) { return there.by_number("none").status == 401; });
}

}  // namespace

TEST_CASE("Keys are added, listed and ended by command, two of an algorithm, in force at two gateways at once") {
  System system;
  system.start("gateway-2");
  const auto id = system.merchant().id_text();

  const auto second = acq_json(system, {"merchant", "key", "add", id});
  const std::string key_id = text_of(second, "key_id");
  CHECK_THAT(key_id, Catch::StartsWith("mk_test_"));
  CHECK_THAT(text_of(second, "key_secret"), Catch::StartsWith("mksec_"));
  const Merchant here(system.url("gateway-1"), id, key_id, text_of(second, "key_secret"));
  const std::vector<Merchant> both{here, here.at(system.url("gateway-2"))};
  const auto added_ms = runtime::steady_ms();
  await("the new key at both gateways", soon_ms, [&] { return known_at(both); });
  CHECK(runtime::steady_ms() - added_ms < 5'000);

  // A third of the same algorithm is refused; one of another is not.
  const auto third = system.acq({"merchant", "key", "add", id});
  CHECK(third.code == 2);
  CHECK_THAT(third.errors, Catch::Contains("two_live_keys"));
  const crypto::Secret seed(crypto::random_bytes(crypto::ed25519_key_bytes));
  const std::string file = system.folder() / "public.key";
  write_file(file, crypto::base64_encode(crypto::ed25519_public_key(seed)) + "\n");
  const auto asymmetric =
      acq_json(system, {"merchant", "key", "add", id, "--algorithm", "ed25519", "--public-key", file, "--live"});
  CHECK_THAT(text_of(asymmetric, "key_id"), Catch::StartsWith("mk_live_"));
  CHECK(asymmetric.find("key_secret") == nullptr);
  const auto signed_by = [&](const crypto::Secret& with) {
    auto headers =
        http::sign_request("GET", "/v1/payments", "merchant_order_id=none", "", text_of(asymmetric, "key_id"), with,
                           runtime::unix_ms() / 1000, http::SignatureAlgorithm::ed25519);
    return ask("GET", system.url("gateway-1") + "/v1/payments?merchant_order_id=none", "", std::move(headers)).status;
  };
  await("the Ed25519 key", soon_ms, [&] { return is_known(signed_by(seed)); });
  CHECK(signed_by(crypto::Secret(crypto::random_bytes(crypto::ed25519_key_bytes))) == 401);

  // Its use is told to the operator, by an account that may write nothing else.
  await("the last use of both keys in the database", soon_ms,
        [&] { return system.database().number("SELECT COUNT(*) FROM merchant_keys WHERE last_used_ms > 0") >= 2; });

  // Ended now: refused at both gateways; the first key goes on.
  acq_json(system, {"merchant", "key", "expire", key_id});
  await("the ended key to be refused", soon_ms, [&] { return refused_at(both); });
  CHECK(known_at({system.merchant()}));

  // The last live one is not ended by mistake.
  acq_json(system, {"merchant", "key", "expire", text_of(asymmetric, "key_id")});
  const auto list = acq_json(system, {"merchant", "show", id});
  REQUIRE(list.find("keys") != nullptr);
  REQUIRE(list.find("keys")->array()->size() == 3);
  const auto last = system.acq({"merchant", "key", "expire", text_of(list.find("keys")->array()->front(), "key_id")});
  CHECK(last.code == 2);
  CHECK_THAT(last.errors, Catch::Contains("last_live_key"));
  CHECK(system.database().number("SELECT COUNT(*) FROM audit_entries WHERE act = 'merchant_key_expire'") == 2);
}

TEST_CASE("A suspended merchant asks for nothing new and may still read; limits are kept; both are audited") {
  System system;
  const auto id = system.merchant().id_text();
  const auto payment = create(system, "before");
  CHECK(system.acq({"merchant", "suspend", id}).code == 2);  // no reason
  acq_json(system, {"merchant", "suspend", id, "--reason", "chargebacks"});
  await("the suspension", soon_ms, [&] { return system.merchant().create(Order{.number = "during"}).status == 403; });
  CHECK(system.merchant().create(Order{.number = "during"}).text("code") == "merchant_suspended");
  CHECK(system.merchant().payment(payment).status == 200);
  acq_json(system, {"merchant", "resume", id, "--reason", "talked"});
  await("its end", soon_ms, [&] { return system.merchant().create(Order{.number = "after"}).status == 202; });

  const auto limited = acq_json(system, {"merchant", "limits", id, "--rate", "200"});
  CHECK(limited.integer_or("rate_per_second", -1) == 200);
  CHECK(limited.integer_or("in_flight_max", -1) == 0);
  CHECK(system.acq({"merchant", "limits", id}).code == 2);
  CHECK(system.acq({"merchant", "limits", id, "--rate", "1000001"}).code == 2);
  const auto merchants = acq_json(system, {"merchant", "list"});
  REQUIRE(merchants.find("merchants") != nullptr);
  CHECK(merchants.find("merchants")->array()->size() == 1);
  for (const char* act : {"merchant_suspend", "merchant_resume", "merchant_limits"}) {
    INFO(act);
    CHECK(system.database().number("SELECT COUNT(*) FROM audit_entries WHERE act = ?", {std::string(act)}) == 1);
  }
}
