// What is refused is answered as openapi.yaml says, and changes nothing: no row, no record on the log, no reservation,
// no charge.
#include <catch2/catch.hpp>

#include "common/codec/intent_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/http/message.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

void set_header(http::ClientRequest& request, std::string_view name, const std::string& value) {
  for (auto& [known, content] : request.headers) {
    if (http::same_header(known, name)) content = value;
  }
}

void drop_header(http::ClientRequest& request, std::string_view name) {
  std::erase_if(request.headers, [&](const auto& header) { return http::same_header(header.first, name); });
}

void check_problem(const Answer& answer, int status, const std::string& code) {
  INFO(answer.body);
  CHECK(answer.status == status);
  CHECK(answer.text("code") == code);
  CHECK(answer.integer("status") == status);
  CHECK(answer.header("Content-Type").starts_with("application/problem+json"));
  CHECK(answer.text("request_id") == answer.header("Request-Id"));
}

/// An id that could have been given out two minutes ago.
std::string old_id(const Merchant& merchant, const std::string& number) {
  constexpr std::int64_t ago_ms = 120'000;
  return make_payment_id(runtime::unix_ms() - ago_ms, route_hash(merchant.id(), number), crypto::random_word()).text();
}

}  // namespace

TEST_CASE("What is wrong is refused by its name and changes nothing") {
  System system;
  const auto& merchant = system.merchant();
  const std::string good = Order{.number = "refused-1"}.json();
  const auto with = [&](const std::string& part, const std::string& instead) {
    std::string body = good;
    const auto at = body.find(part);
    REQUIRE(at != std::string::npos);
    return body.replace(at, part.size(), instead);
  };
  const std::string amount = R"("amount":1000)";

  SECTION("one system answers every one of them") {
    INFO("signature and digest");
    check_problem(
        merchant.create(good, [](auto& r) { set_header(r, "Signature", "acq=:" + std::string(43, 'A') + "=:"); }), 401,
        "unauthorized");
    check_problem(merchant.create(good, [](auto& r) { drop_header(r, "Signature"); }), 401, "unauthorized");
    check_problem(merchant.create(good, [](auto& r) { r.url += "?x=1"; }), 401, "unauthorized");
    // Well beyond 300 s: a stamp in the future comes nearer while the request is on its way.
    check_problem(merchant.send("POST", "/v1/payments", good, 310), 401, "unauthorized");
    check_problem(merchant.send("POST", "/v1/payments", good, -310), 401, "unauthorized");
    check_problem(merchant.create(good, [](auto& r) { drop_header(r, "Content-Digest"); }), 400, "missing_digest");
    check_problem(merchant.create(good, [&](auto& r) { r.body = with(amount, R"("amount":9000)"); }), 422,
                  "digest_mismatch");

    INFO("fields");
    const auto field = [&](const std::string& body, const std::string& faults) {
      const auto answer = merchant.create(body);
      check_problem(answer, 422, "invalid_field");
      CHECK(answer.faults() == faults);
      CHECK(answer.text("money") == "not_looked_up");
    };
    field(with(amount, amount + R"(,"colour":"red")"), "/colour=unknown");
    field(with(amount, R"("amount":1.0)"), "/amount=type");
    field(with(amount, R"("amount":"1000")"), "/amount=type");
    field(with(amount, R"("amount":0)"), "/amount=range");
    field(with(amount, R"("amount":1000000000001)"), "/amount=range");
    field(with("refused-1", "refused 1"), "/merchant_order_id=format");
    field(with(R"("type":"qr")", R"("type":"barcode","code":"12")"), "/method/code=format");
    check_problem(merchant.create(with(amount, amount + "," + amount)), 400, "duplicate_member");
    check_problem(merchant.create(good.substr(0, good.size() - 1)), 400, "malformed_json");
    check_problem(merchant.create(with("CNY", "USD")), 403, "currency_not_enabled");

    INFO("framing and method");
    check_problem(merchant.create(good, [](auto& r) { r.content_type = "text/plain"; }), 415, "unsupported_media_type");
    check_problem(merchant.create(with(amount, amount + R"(,"description":")" + std::string(17'000, 'x') + '"')), 413,
                  "body_too_large");
    const auto method = merchant.send("DELETE", "/v1/payments", {});
    check_problem(method, 405, "method_not_allowed");
    CHECK(method.header("Allow").find("POST") != std::string::npos);
    CHECK(method.header("Allow").find("GET") != std::string::npos);
    check_problem(merchant.get("/v1/nothing"), 404, "not_found");

    INFO("reads");
    check_problem(merchant.payment("pay_nonsense"), 404, "not_found");
    // P7: the log's end has been applied and the id is old enough, so that nothing can still come.
    await("an old id that nobody has is 404", soon_ms,
          [&] { return merchant.payment(old_id(merchant, "never")).status == 404; });
    // A young one may be a payment on its way: never 404.
    const auto young = make_payment_id(runtime::unix_ms(), route_hash(merchant.id(), "never"), crypto::random_word());
    const auto early = merchant.payment(young.text());
    check_problem(early, 503, "not_yet_known");
    CHECK_FALSE(early.header("Retry-After").empty());

    INFO("nothing has happened");
    CHECK(system.topic().records_in_all() == 0);
    CHECK(system.database().number("SELECT COUNT(*) FROM payments") == 0);
    CHECK(system.database().number("SELECT COUNT(*) FROM payment_keys") == 0);
    CHECK(system.charges_in_all() == 0);
    CHECK(system.redis({"--scan", "--pattern", "acq:n:*"}).empty());

    INFO("another merchant's payment is 404");
    PaymentRequested intent;
    intent.payment_id = PaymentId::parse(old_id(merchant, "old-1")).value();
    intent.intent_id.bytes = intent.payment_id.bytes;
    intent.merchant_id = merchant.id();
    intent.merchant_order_id = "old-1";
    intent.amount = 1'000;
    intent.currency = Currency::parse("CNY").value();
    intent.accepted_at_ms = intent.payment_id.unix_ms();
    intent.expires_at_ms = runtime::unix_ms() + 600'000;
    system.topic().produce(partition_of(route_of(intent.payment_id), Topic::partitions), intent.payment_id.text(),
                           codec::encode_intent(intent));
    const auto id = intent.payment_id.text();
    await("its own merchant sees it", soon_ms, [&] { return merchant.payment(id).status == 200; });
    const auto stranger = system.create_merchant("stranger");
    await_equal("the stranger's answer", soon_ms, 404, [&] { return stranger.payment(id).status; });
    check_problem(stranger.payment(id), 404, "not_found");
    CHECK(merchant.payment(id).status == 200);
  }
}
