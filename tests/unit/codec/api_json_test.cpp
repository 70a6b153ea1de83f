// The merchant's JSON: what is read, what is refused and how it is named, what is written.
#include "common/codec/api_json.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "common/codec/json_document.hpp"
#include "tests/support/result_text.hpp"

using namespace acq;
using namespace acq::codec;

namespace {

constexpr std::int64_t now = 1'795'508'130'000;  // 2026-11-24T08:15:30Z

Result<PaymentRequest> read(std::string_view body, bool http_allowed = false) {
  return read_payment_request(body, now, {.callback_http_allowed = http_allowed});
}

/// A good body in which `members` replace or add to the given ones.
std::string body_with(std::string_view name, std::string_view json) {
  std::string out = "{";
  const std::pair<std::string_view, std::string_view> good[] = {{"merchant_order_id", R"("order-1")"},
                                                                {"amount", "1234"},
                                                                {"currency", R"("CNY")"},
                                                                {"method", R"({"type":"qr"})"}};
  for (const auto& [known, value] : good) {
    if (known != name) out.append("\"").append(known).append("\":").append(value).append(",");
  }
  return out.append("\"").append(name).append("\":").append(json).append("}");
}

std::string faults_of(const Result<PaymentRequest>& result) {
  if (result) return "none";
  const auto failure = result.error();
  if (failure.code != Errc::invalid_field) return std::string(name_of(failure.code));
  std::string out;
  for (const auto& fault : failure.faults) out += (out.empty() ? "" : " ") + fault.pointer + "=" + fault.code;
  return out;
}

std::string text(std::size_t length, char c = 'x') {
  return '"' + std::string(length, c) + '"';
}

Payment payment() {
  Payment made;
  made.payment_id = make_payment_id(now, 7, 42);
  made.merchant_id = make_merchant_id(now, 1, 2);
  made.merchant_order_id = "order-1";
  made.amount = 1234;
  made.currency = *Currency::parse("CNY");
  made.state = PaymentState::processing;
  made.sequence = 1;
  made.created_at_ms = now;
  made.updated_at_ms = now + 1;
  made.expires_at_ms = now + 900'000;
  made.sealed_code = "never shown";
  made.channel_reference = "never shown";
  made.description = "never shown";
  return made;
}

}  // namespace

TEST_CASE("a whole request is read as it was sent") {
  const auto request = read(R"({"merchant_order_id":"A-z_09","amount":1000000000000,"currency":"JPY",
    "method":{"code":"1345678901234567","type":"barcode"},"description":"两杯茶","attempt":20,
    "callback_url":"https://shop.example:8443/cb?x=1","expires_at":"2026-11-24T08:30:00.500Z",
    "metadata":{"b":"2","a":"\u0000\"","c":""}})");
  REQUIRE(faults_of(request) == "none");
  CHECK(request->merchant_order_id == "A-z_09");
  CHECK(request->amount == 1'000'000'000'000);
  CHECK(request->currency.code() == "JPY");
  CHECK(request->method == MethodType::barcode);
  CHECK(request->code == "1345678901234567");
  CHECK(request->description == "两杯茶");
  CHECK(request->attempt == 20);
  CHECK(request->callback_url == "https://shop.example:8443/cb?x=1");
  CHECK(request->expires_at_sent == "2026-11-24T08:30:00.500Z");
  CHECK(request->expires_at_ms == now + 870'500);
  CHECK(request->metadata == Metadata{{"b", "2"}, {"a", std::string("\0\"", 2)}, {"c", ""}});
}

TEST_CASE("defaults are applied") {
  const auto qr = read(body_with("attempt", "1"));
  REQUIRE(qr);
  CHECK(qr->attempt == 1);
  CHECK(qr->expires_at_sent.empty());
  CHECK(qr->expires_at_ms == now + limits::expiry_qr_default_ms);
  const auto barcode = read(body_with("method", R"({"type":"barcode","code":"134567890123456789"})"));
  REQUIRE(barcode);
  CHECK(barcode->expires_at_ms == now + limits::expiry_barcode_default_ms);
}

TEST_CASE("an amount is an integer of minor units") {
  const auto [json, fault] = GENERATE(table<const char*, const char*>({
      {"9223372036854775807", "range"},
      {"9223372036854775808", "range"},
      {"18446744073709551615", "range"},
      {"18446744073709551616", "range"},
      {"-9223372036854775809", "range"},
      {"1000000000001", "range"},
      {"-1", "range"},
      {"0", "range"},
      {"-0", "range"},
      {"1.0", "type"},
      {"1e2", "type"},
      {"100.00", "type"},
      {"\"100\"", "type"},
      {"null", "type"},
      {"true", "type"},
      {"[1]", "type"},
      {"{\"amount\":1}", "type"},
  }));
  INFO(json);
  CHECK(faults_of(read(body_with("amount", json))) == std::string("/amount=") + fault);
}

TEST_CASE("a wrong field is named with what is wrong") {
  const auto [name, json, expected] = GENERATE(table<const char*, std::string, const char*>({
      {"merchant_order_id", text(64), "none"},
      {"merchant_order_id", text(65), "/merchant_order_id=too_long"},
      {"merchant_order_id", R"("")", "/merchant_order_id=format"},
      {"merchant_order_id", R"("a b")", "/merchant_order_id=format"},
      {"merchant_order_id", R"("é")", "/merchant_order_id=format"},
      {"merchant_order_id", "17", "/merchant_order_id=type"},
      {"currency", R"("cny")", "/currency=format"},
      {"currency", R"("XXX")", "/currency=format"},
      {"currency", "156", "/currency=type"},
      {"method", R"("qr")", "/method=type"},
      {"method", "[]", "/method=type"},
      {"method", "{}", "/method/type=required"},
      {"method", R"({"type":"card"})", "/method/type=format"},
      {"method", R"({"type":7})", "/method/type=type"},
      {"method", R"({"type":"qr","code":"1345678901234567"})", "/method/code=unknown"},
      {"method", R"({"type":"qr","x":{"y":[1]}})", "/method/x=unknown"},
      {"method", R"({"type":"barcode"})", "/method/code=required"},
      {"method", R"({"type":"barcode","code":1345678901234567})", "/method/code=type"},
      {"method", R"({"type":"barcode","code":"134567890123456"})", "/method/code=format"},
      {"method", R"({"type":"barcode","code":"13456789012345x7"})", "/method/code=format"},
      {"method", R"({"type":"barcode","code":"1345678901234567890123456"})", "/method/code=too_long"},
      {"description", text(128), "none"},
      {"description", text(129), "/description=too_long"},
      {"description", R"("")", "/description=format"},
      {"description", R"("a\nb")", "/description=format"},
      {"description", R"("a\u0085b")", "/description=format"},
      {"description", R"("a\u007fb")", "/description=format"},
      {"description", "null", "/description=type"},
      {"attempt", "0", "/attempt=range"},
      {"attempt", "21", "/attempt=range"},
      {"attempt", "1.0", "/attempt=type"},
      {"attempt", "99999999999999999999", "/attempt=range"},
      {"attempt", R"("1")", "/attempt=type"},
      {"expires_at", "1795508130", "/expires_at=type"},
      {"expires_at", R"("tomorrow")", "/expires_at=format"},
      {"expires_at", R"("2026-11-24T08:30:00+00:00")", "/expires_at=format"},
      {"expires_at", R"("2026-11-24T08:16:02Z")", "/expires_at=range"},
      {"expires_at", R"("2026-11-24T08:16:02.001Z")", "none"},
      {"expires_at", R"("2026-12-01T08:15:30Z")", "none"},
      {"expires_at", R"("2026-12-01T08:15:30.001Z")", "/expires_at=range"},
      {"expires_at", R"("2020-01-01T00:00:00Z")", "/expires_at=range"},
      {"metadata", "{}", "none"},
      {"metadata", "[]", "/metadata=type"},
      {"metadata", R"("x")", "/metadata=type"},
      {"metadata", R"({"a":1})", "/metadata/a=type"},
      {"metadata", R"({"a/b~c":null})", "/metadata/a~1b~0c=type"},
      {"metadata", R"({"a":{"b":"c"}})", "/metadata/a=type"},
      {"metadata", R"({"":"x"})", "/metadata/=format"},
      {"metadata", "{" + text(64) + ":" + text(960) + "}", "none"},
      {"metadata", "{" + text(64) + ":" + text(961) + "}", "/metadata=too_long"},
      {"extra", "1", "/extra=unknown"},
      {"extra", R"({"deep":[{"er":1}]})", "/extra=unknown"},
      {"Amount", "1", "/Amount=unknown"},
      {"payment_id", R"("x")", "/payment_id=unknown"},
  }));
  INFO(name << " " << json);
  CHECK(faults_of(read(body_with(name, json))) == expected);
}

TEST_CASE("metadata takes sixteen pairs and keys of 64 bytes") {
  const auto pairs = [](int count) {
    std::string json = "{";
    for (int i = 0; i < count; ++i) json += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":\"v\"";
    return json + "}";
  };
  CHECK(faults_of(read(body_with("metadata", pairs(16)))) == "none");
  CHECK(faults_of(read(body_with("metadata", pairs(17)))) == "/metadata=range");
  CHECK(faults_of(read(body_with("metadata", "{" + text(65) + ":\"v\"}"))) ==
        "/metadata/" + std::string(64, 'x') + "=too_long");
}

TEST_CASE("a description is counted in characters, not in bytes") {
  std::string tea;
  for (int i = 0; i < 128; ++i) tea += "茶";
  CHECK(faults_of(read(body_with("description", '"' + tea + '"'))) == "none");
  CHECK(faults_of(read(body_with("description", '"' + tea + "x\""))) == "/description=too_long");
}

TEST_CASE("a callback URL is plain https") {
  const auto [url, expected] = GENERATE(table<std::string, const char*>({
      {"https://shop.example", "none"},
      {"https://shop.example/a/b?c=%20", "none"},
      {"https://203.0.113.7:1/", "none"},
      {"https://[2001:db8::1]:443/cb", "none"},
      {"https://shop.example/" + std::string(1003, 'a'), "none"},
      {"https://shop.example/" + std::string(1004, 'a'), "/callback_url=too_long"},
      {"", "/callback_url=format"},
      {"http://shop.example/", "/callback_url=format"},
      {"HTTPS://shop.example/", "/callback_url=format"},
      {"//shop.example/", "/callback_url=format"},
      {"https:///cb", "/callback_url=format"},
      {"https://?x", "/callback_url=format"},
      {"https://:443/", "/callback_url=format"},
      {"https://user@shop.example/", "/callback_url=format"},
      {"https://user:pw@shop.example/", "/callback_url=format"},
      {"https://shop.example/#f", "/callback_url=format"},
      {"https://shop.example/ x", "/callback_url=format"},
      {"https://shop.example\\\\@evil/", "/callback_url=format"},
      {"https://shop.example:/", "/callback_url=format"},
      {"https://shop.example:0/", "/callback_url=format"},
      {"https://shop.example:65536/", "/callback_url=format"},
      {"https://shop.example:80x/", "/callback_url=format"},
      {"https://shop_.example%2f/", "/callback_url=format"},
      {"https://[::1", "/callback_url=format"},
      {"https://[::1]x/", "/callback_url=format"},
      {"https://sh\\u00f6p.example/", "/callback_url=format"},
      {"https://shop.example/\\u0000", "/callback_url=format"},
      {"https://shop.example/\\r\\nX: y", "/callback_url=format"},
      {"javascript:alert(1)", "/callback_url=format"},
  }));
  INFO(url);
  CHECK(faults_of(read(body_with("callback_url", '"' + url + '"'))) == expected);
}

TEST_CASE("http callbacks are taken only where the operator allows them") {
  const auto body = body_with("callback_url", R"("http://127.0.0.1:18085/callbacks")");
  CHECK(faults_of(read(body, false)) == "/callback_url=format");
  CHECK(faults_of(read(body, true)) == "none");
}

TEST_CASE("all wrong fields are named at once, twenty at most") {
  CHECK(faults_of(read("{}")) == "/merchant_order_id=required /amount=required /currency=required /method=required");
  CHECK(faults_of(read(R"({"amount":"1","currency":1,"method":{"type":"barcode"},"x":1})")) ==
        "/amount=type /currency=type /x=unknown /merchant_order_id=required /method/code=required");
  std::string many = "{";
  for (int i = 0; i < 40; ++i) many += (i ? ",\"u" : "\"u") + std::to_string(i) + "\":1";
  CHECK(read(many + "}").error().faults.size() == limits::field_faults_max);
}

TEST_CASE("a name from outside is repeated in part only") {
  const auto faults = read(body_with(std::string(300, 'n'), "1")).error().faults;
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].pointer == "/" + std::string(64, 'n'));
  // Cut between characters, not within one: 63 + 3 bytes would be half a character at 64.
  const auto wide = read(body_with(std::string(63, 'n') + "茶茶", "1")).error().faults;
  CHECK(wide[0].pointer == "/" + std::string(63, 'n'));
}

TEST_CASE("a body that is no object of ours is refused whole") {
  const auto [body, expected] = GENERATE(table<std::string, const char*>({
      {"", "malformed_json"},
      {"{", "malformed_json"},
      {"\xef\xbb\xbf{}", "malformed_json"},
      {std::string("{}\0", 3), "malformed_json"},
      {"{\"description\":\"\xff\"}", "malformed_json"},
      {"{\"amount\":1,\"amount\":1}", "duplicate_member"},
      {"{\"metadata\":{\"a\":\"1\",\"a\":\"2\"}}", "duplicate_member"},
      {"{\"x\":{\"a\":1,\"a\":2}}", "duplicate_member"},
      {"{\"x\":[[[[[[[[1]]]]]]]]}", "malformed_json"},
      {"[]", "=type"},
      {"1", "=type"},
      {"null", "=type"},
      {"\"{}\"", "=type"},
      {"[{\"amount\":1}]", "=type"},
  }));
  INFO(body);
  CHECK(faults_of(read(body)) == expected);
  CHECK(faults_of(read("{\"description\":\"" + std::string(16 * 1024, 'x') + "\"}")) == "malformed_json");
}

TEST_CASE("a written request is read back") {
  PaymentRequest request;
  request.merchant_order_id = "order-1";
  request.amount = 51;
  request.currency = *Currency::parse("CNY");
  request.method = MethodType::barcode;
  request.code = "134567890123456789";
  request.description = "tea \"x\"";
  request.attempt = 2;
  request.callback_url = "https://shop.example/cb";
  request.expires_at_sent = "2026-11-24T09:00:00Z";
  request.metadata = {{"table", "7"}};
  const auto back = read(write_payment_request(request));
  REQUIRE(faults_of(back) == "none");
  CHECK(back->merchant_order_id == request.merchant_order_id);
  CHECK(back->amount == request.amount);
  CHECK(back->method == request.method);
  CHECK(back->code == request.code);
  CHECK(back->description == request.description);
  CHECK(back->attempt == request.attempt);
  CHECK(back->callback_url == request.callback_url);
  CHECK(back->expires_at_sent == request.expires_at_sent);
  CHECK(back->metadata == request.metadata);

  PaymentRequest least;
  least.merchant_order_id = "o";
  least.amount = 1;
  least.currency = *Currency::parse("CNY");
  CHECK(write_payment_request(least) ==
        R"({"merchant_order_id":"o","amount":1,"currency":"CNY","method":{"type":"qr"}})");
}

TEST_CASE("a payment is written as openapi.yaml lists it") {
  std::string out;
  write_payment(out, payment());
  CHECK(out == R"({"payment_id":")" + payment().payment_id.text() +
                   R"(","merchant_order_id":"order-1","amount":1234,"currency":"CNY","method":{"type":"qr"},)"
                   R"("state":"processing","sequence":1,"refunded_amount":0,)"
                   R"("attempts":[{"attempt":1,"state":"processing"}],"created_at":"2026-11-24T08:15:30.000Z",)"
                   R"("updated_at":"2026-11-24T08:15:30.001Z","expires_at":"2026-11-24T08:30:30.000Z",)"
                   R"("metadata":{},"next_action":"wait"})");
}

TEST_CASE("optional members of a payment appear when they are set") {
  auto unknown = payment();
  unknown.state = PaymentState::unknown;
  unknown.code_url = "https://channel.example/qr";
  unknown.decline_code = "expired";
  unknown.unknown_since_ms = now;
  unknown.next_query_at_ms = now + 1'000;
  unknown.metadata = {{"k", "v\n"}};
  const PaymentId aliases[] = {make_payment_id(now, 7, 43), make_payment_id(now, 7, 44)};
  std::string out;
  write_payment(out, unknown, aliases);
  const auto document = parse_json(out);
  REQUIRE(document);
  CHECK(document->string_or("code_url") == unknown.code_url);
  CHECK(document->string_or("decline_code") == "expired");
  CHECK(document->string_or("unknown_since") == "2026-11-24T08:15:30.000Z");
  CHECK(document->string_or("next_query_at") == "2026-11-24T08:15:31.000Z");
  CHECK(document->string_or("next_action") == "query_after");
  CHECK(document->find("metadata")->string_or("k") == "v\n");
  REQUIRE(document->find("aliases")->array()->size() == 2);
  CHECK(*document->find("aliases")->array()->at(1).string() == aliases[1].text());
  CHECK(out.find("never shown") == std::string::npos);
}

TEST_CASE("what a client reads of a payment is what was written") {
  for (const auto state : all_payment_states) {
    auto written = payment();
    written.state = state;
    written.decline_code = state == PaymentState::declined ? "insufficient_funds" : "";
    std::string out;
    write_payment(out, written);
    const auto view = read_payment(out);
    REQUIRE(view);
    CHECK(view->payment_id == written.payment_id);
    CHECK(view->merchant_order_id == written.merchant_order_id);
    CHECK(view->amount == written.amount);
    CHECK(view->currency == "CNY");
    CHECK(view->state == state);
    CHECK(view->sequence == written.sequence);
    CHECK(view->decline_code == written.decline_code);
  }
  CHECK(read_payment("{}").error().code == Errc::undecodable);
  CHECK(read_payment("[]").error().code == Errc::undecodable);
  CHECK(read_payment("{").error().code == Errc::malformed_json);
}

TEST_CASE("a problem says what openapi.yaml promises") {
  std::string out;
  const std::vector<FieldFault> faults{{"/amount", "range"}};
  const auto it = payment();
  write_problem(out, {.code = Errc::outcome_unknown,
                      .request_id = "req-1",
                      .money = MoneyWord::possibly,
                      .detail = "Ask again.",
                      .faults = faults,
                      .payment_id = it.payment_id,
                      .payment = &it});
  const auto document = parse_json(out);
  REQUIRE(document);
  CHECK(document->string_or("type") == "/docs/errors#outcome_unknown");
  CHECK(document->string_or("title") == entry_of(Errc::outcome_unknown).title);
  CHECK(document->integer_or("status", 0) == 503);
  CHECK(document->string_or("code") == "outcome_unknown");
  CHECK(document->string_or("detail") == "Ask again.");
  CHECK(document->string_or("request_id") == "req-1");
  CHECK(document->string_or("money") == "possibly");
  CHECK(document->string_or("payment_id") == it.payment_id.text());
  CHECK(document->find("payment")->string_or("payment_id") == it.payment_id.text());
  CHECK(document->find("errors")->array()->at(0).string_or("pointer") == "/amount");
  CHECK(*document->find("retry")->find("safe")->boolean());
  CHECK(document->find("retry")->integer_or("after_ms", 0) == 2'000);
  CHECK(document->find("retry")->string_or("with") == "same_number");
  CHECK(read_problem(out)->code == "outcome_unknown");
  CHECK(read_problem(out)->payment_id == it.payment_id);
}

TEST_CASE("every problem is told under a name that merchants know") {
  for (const auto& entry : errc_table()) {
    std::string out;
    write_problem(out, {.code = entry.code, .request_id = "r", .detail = "inside"});
    const auto document = parse_json(out);
    REQUIRE(document);
    const auto told = entry.told_to_merchants ? entry.code : Errc::internal;
    CHECK(document->string_or("code") == name_of(told));
    CHECK(document->integer_or("status", 0) == http_status(told));
    CHECK((document->find("detail") != nullptr) == entry.told_to_merchants);
    CHECK(document->find("money") == nullptr);
    CHECK(document->find("errors") == nullptr);
    CHECK(document->find("retry")->find("after_ms")->is_null() == (entry_of(told).retry_after_ms < 0));
  }
  CHECK(read_problem("{}").error().code == Errc::undecodable);
}
