// The log's records: what schemas/intents promises is what the codec takes and makes.
#include "common/codec/intent_json.hpp"

#include "tests/contract/documents.hpp"
#include "tests/support/result_text.hpp"

using namespace acq;
using namespace acq::contract;

TEST_CASE("every good intent decodes and encodes to an equal document") {
  for (const auto& path : examples("intents/examples/good", 3)) {
    INFO(path.filename());
    const auto text = read_file(path);
    const auto intent = codec::decode_intent(text);
    REQUIRE(intent);
    CHECK(canonical(codec::encode_intent(std::get<PaymentRequested>(*intent))) == canonical(text));
  }
}

TEST_CASE("every bad intent is undecodable") {
  for (const auto& path : examples("intents/examples/bad", 6)) {
    INFO(path.filename());
    const auto intent = codec::decode_intent(read_file(path));
    REQUIRE_FALSE(intent);
    CHECK(intent.error().code == Errc::undecodable);
    CHECK_FALSE(intent.error().detail.empty());
  }
}
