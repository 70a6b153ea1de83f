// What merchants are told: schemas/callbacks against the codec, both ways.
#include "common/codec/callback_json.hpp"

#include <set>

#include "tests/contract/documents.hpp"
#include "tests/support/result_text.hpp"

using namespace acq;
using namespace acq::contract;

namespace {

/// The payment that a good example shows, as settlement would hold it.
Payment payment_of(const codec::JsonValue& data) {
  const auto time = [&](std::string_view member) { return codec::parse_rfc3339(data.string_or(member)).value_or(0); };
  Payment payment;
  payment.payment_id = PaymentId::parse(data.string_or("payment_id")).value();
  payment.merchant_order_id = data.string_or("merchant_order_id");
  payment.amount = data.integer_or("amount", 0);
  payment.currency = Currency::parse(data.string_or("currency")).value();
  payment.method = method_type_from_name(data.find("method")->string_or("type")).value();
  payment.state = payment_state_from_name(data.string_or("state")).value();
  payment.sequence = static_cast<std::int32_t>(data.integer_or("sequence", 0));
  payment.created_at_ms = time("created_at");
  payment.updated_at_ms = time("updated_at");
  payment.expires_at_ms = time("expires_at");
  payment.unknown_since_ms = time("unknown_since");
  payment.next_query_at_ms = time("next_query_at");
  payment.code_url = data.string_or("code_url");
  payment.decline_code = data.string_or("decline_code");
  for (const auto& [key, value] : *data.find("metadata")->object()) payment.metadata.emplace_back(key, *value.string());
  const auto& attempts = *data.find("attempts")->array();
  payment.attempt = static_cast<std::int32_t>(attempts.size());
  for (std::size_t i = 0; i + 1 < attempts.size(); ++i) {
    payment.earlier.push_back({static_cast<std::int32_t>(attempts[i].integer_or("attempt", 0)),
                               payment_state_from_name(attempts[i].string_or("state")).value(),
                               std::string(attempts[i].string_or("decline_code"))});
  }
  if (const auto* close = data.find("close")) {
    payment.close = close_state_from_name(close->string_or("state")).value();
    payment.close_code = close->string_or("code");
  }
  return payment;
}

}  // namespace

TEST_CASE("every good callback is read, and is what we would send") {
  std::set<PaymentState> seen;
  for (const auto& path : examples("callbacks/examples/good", 6)) {
    INFO(path.filename());
    const auto text = read_file(path);
    const auto callback = codec::read_callback(text);
    REQUIRE(callback);
    seen.insert(callback->payment.state);
    if (path.stem() == "with_a_later_member") continue;  // read by us, sent by a later version
    const auto document = codec::parse_json(text);
    REQUIRE(document);
    CHECK(canonical(codec::encode_callback(payment_of(*document->find("data")))) == canonical(text));
  }
  for (const auto state : all_payment_states) {
    INFO(name_of(state));
    CHECK(seen.contains(state) == codec::callback_type(state).has_value());
  }
}

/// A reader lets be what it does not use, so about these it says nothing: the schema does (check_schemas.py).
const std::set<std::string> only_the_schema_refuses{"close_is_none", "close_refused_without_a_code",
                                                    "decline_code_of_an_attempt_is_a_number", "no_attempts"};

TEST_CASE("every bad callback is refused") {
  std::size_t let_be = 0;
  for (const auto& path : examples("callbacks/examples/bad", 3)) {
    INFO(path.filename());
    const bool expected = only_the_schema_refuses.contains(path.stem());
    CHECK(codec::read_callback(read_file(path)).has_value() == expected);
    if (expected) ++let_be;
  }
  CHECK(let_be == only_the_schema_refuses.size());
}

TEST_CASE("the schema names exactly the events that are told") {
  const auto schema = read_file(schemas() / "callbacks/payment.schema.json");
  for (const auto state : all_payment_states) {
    const bool named = schema.find("\"payment." + std::string(name_of(state)) + '"') != std::string::npos;
    INFO(name_of(state));
    CHECK(named == codec::callback_type(state).has_value());
  }
}
