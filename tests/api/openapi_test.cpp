// schemathesis is a merchant of a running gateway, from schemas/api/openapi.yaml alone: every answer is one that the
// contract has, what it forbids is refused, and no request makes the gateway fail (merchant_hooks.py says how that is
// judged). The same run against a contract that lies must find the lie.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "common/crypto/bytes.hpp"
#include "common/limits.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

constexpr std::int64_t run_ms = 20 * 60'000;

std::string variable(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

std::string contract_path() {
  return std::string(ACQ_SOURCE_DIR) + "/schemas/api/openapi.yaml";
}

/// Payments in several states, one of them refunded in part: what generated requests ask about.
std::string payments_of(System& system) {
  std::string ids;
  for (const auto& [number, amount, state] : {std::tuple{"api-paid", 1'000, "succeeded"},
                                              {"api-refunded", 2'000, "succeeded"},
                                              {"api-declined", 1'051, "declined"},
                                              {"api-waiting", 1'060, "awaiting_payer"}}) {
    const auto created = system.merchant().create(Order{.number = number, .amount = amount});
    REQUIRE(created.status == 202);
    const std::string id = created.text("payment_id");
    system.await_state(id, state, soon_ms);
    ids += (ids.empty() ? "" : ",") + id;
    if (std::string(number) == "api-refunded") {
      const auto refund = system.merchant().send("POST", "/v1/payments/" + id + "/refunds",
                                                 R"({"merchant_refund_id":"api-refund","amount":700})");
      CHECK(refund.status == 202);
    }
  }
  // P7: until the cache has been whole for as long as an offer may last, a number is never denied.
  await("numbers can be denied", 2 * std::int64_t{limits::offer_window_ms}, [&] {
    return system.merchant().by_number("api-nobody").status == 404 &&
           system.merchant().get("/v1/refunds?merchant_refund_id=api-nobody").status == 404;
  });
  return ids;
}

struct Run {
  std::string contract = contract_path();
  std::string examples;
  std::vector<std::string> only{};
  std::string name = "schemathesis";
};

Finished drive(System& system, const std::string& payments, const Run& run_of) {
  const std::string tools = variable("ACQ_TEST_TOOLS", "");
  REQUIRE_FALSE(tools.empty());
  std::vector<std::string> command{
      tools + "/bin/schemathesis", "run", run_of.contract, "--url", system.url("gateway-1"), "--no-color", "--checks",
      "all",
      // Signing is merchant_hooks.py's, which also judges 5xx and what is valid.
      "--exclude-checks", "ignored_auth,not_a_server_error,positive_data_acceptance,missing_required_header", "--seed",
      variable("ACQ_API_SEED", "5"), "--max-examples", run_of.examples, "--request-timeout", "15", "--workers", "1",
      "--continue-on-failure", "--no-shrink", "--warnings", "off", "--generation-database", "none",
      "--suppress-health-check", "all"};
  command.insert(command.end(), run_of.only.begin(), run_of.only.end());
  const std::string here = std::string(ACQ_SOURCE_DIR) + "/tests/api";
  return run(command,
             {{"SCHEMATHESIS_HOOKS", "merchant_hooks"},
              {"PYTHONPATH", here},
              {"PYTHONDONTWRITEBYTECODE", "1"},
              {"ACQ_API_KEY_ID", system.merchant().key_id()},
              {"ACQ_API_KEY_SECRET", system.merchant().key_secret()},
              {"ACQ_API_CHANNEL_SECRET", "whsec_" + crypto::base64_encode(system.notification_secret().reveal())},
              {"ACQ_API_PAYMENTS", payments}},
             system.folder().path(), run_of.name, run_ms);
}

/// The contract with one lie: `truth`, behind `behind`, is `lie`.
std::string lying_contract(System& system, const std::string& name, std::string_view behind, std::string_view truth,
                           std::string_view lie) {
  std::string text = read_file(contract_path());
  auto at = text.find(behind);
  REQUIRE(at != std::string::npos);
  at = text.find(truth, at);
  REQUIRE(at != std::string::npos);
  text.replace(at, truth.size(), lie);
  const std::string path = system.folder() / (name + ".yaml");
  write_file(path, text);
  return path;
}

}  // namespace

TEST_CASE("schemathesis finds no difference between openapi.yaml and the running gateway", "[openapi]") {
  System system({.channel_notifies = true});
  const std::string payments = payments_of(system);

  SECTION("the contract as it is, and with lies") {
    const auto whole = drive(system, payments, {.examples = variable("ACQ_API_EXAMPLES", "20")});
    INFO(whole.output << whole.errors);
    CHECK(whole.code == 0);
    CHECK(whole.output.find("Test cases:") != std::string::npos);
    CHECK(system.running("gateway-1"));

    const auto finds = [&](const std::string& name, std::string_view behind, std::string_view truth,
                           std::string_view lie, const std::string& complaint) {
      const auto lied = drive(system, payments,
                              {.contract = lying_contract(system, name, behind, truth, lie),
                               .examples = "10",
                               .only = {"--include-operation-id", "getPayment", "--phases", "examples,fuzzing"},
                               .name = name});
      INFO(name << "\n" << lied.output << lied.errors);
      CHECK(lied.code == 1);
      CHECK(lied.output.find(complaint) != std::string::npos);
    };
    finds("another-schema", "\n        sequence:\n", "type: integer", "type: string", "Response violates schema");
    finds("status-undocumented", "operationId: getPayment", "\"404\"", "\"410\"", "Undocumented status code");
    finds("code-undocumented", "operationId: getPayment", " not_found,", "", "is not in x-codes of this operation");
  }
}
