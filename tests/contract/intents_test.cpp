// The log's records: what schemas/intents promises is what the codec takes and makes.
#include "common/codec/intent_json.hpp"

#include <set>

#include "tests/contract/documents.hpp"
#include "tests/support/result_text.hpp"

using namespace acq;
using namespace acq::contract;

namespace {

std::string encode(const Intent& intent) {
  return std::visit([](const auto& one) { return codec::encode_intent(one); }, intent);
}

}  // namespace

TEST_CASE("every good intent decodes and encodes to an equal document") {
  std::set<std::size_t> seen;
  for (const auto& path : examples("intents/examples/good", 10)) {
    INFO(path.filename());
    const auto text = read_file(path);
    const auto intent = codec::decode_intent(text);
    REQUIRE(intent);
    seen.insert(intent->index());
    CHECK(canonical(encode(*intent)) == canonical(text));
  }
  CHECK(seen.size() == std::variant_size_v<Intent>);
}

TEST_CASE("every bad intent is undecodable") {
  for (const auto& path : examples("intents/examples/bad", 18)) {
    INFO(path.filename());
    const auto intent = codec::decode_intent(read_file(path));
    REQUIRE_FALSE(intent);
    CHECK(intent.error().code == Errc::undecodable);
    CHECK_FALSE(intent.error().detail.empty());
  }
}

TEST_CASE("every intent on the log has a schema of its name") {
  std::set<std::string> types;
  for (const auto& path : examples("intents/examples/good", 10)) {
    const auto document = codec::parse_json(canonical(read_file(path)), {.string_bytes_max = 64 * 1024});
    REQUIRE(document);
    types.emplace(document->string_or("type"));
  }
  std::set<std::string> schemas_here;
  for (const auto& entry : std::filesystem::directory_iterator(schemas() / "intents")) {
    const auto name = entry.path().filename().string();
    if (const auto end = name.find(".schema.json"); end != std::string::npos) schemas_here.insert(name.substr(0, end));
  }
  CHECK(types == schemas_here);
}
