#include "tests/api/bad_requests.hpp"

#include <array>

#include "tests/api/request_text.hpp"

namespace acq::test {
namespace {

using Strings = std::vector<std::string>;

std::uint64_t below(Random& random, std::uint64_t end) {
  return random() % end;
}
const std::string& one_of(Random& random, const Strings& all) {
  return all[below(random, all.size())];
}
std::string letters(Random& random, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += static_cast<char>('a' + below(random, 26));
  return out;
}
std::string number(Random& random) {
  return "bad-" + letters(random, 12);
}

/// A create's members, each as JSON; what is empty is left out.
struct Members {
  std::string merchant_order_id;
  std::string amount = "1000";
  std::string currency = R"("CNY")";
  std::string method = R"({"type":"qr"})";
  std::string more;  ///< further members, with a comma in front

  std::string json() const {
    std::string out = "{";
    const auto add = [&](std::string_view name, const std::string& value) {
      if (value.empty()) return;
      if (out.size() > 1) out += ',';
      out.append("\"").append(name).append("\":").append(value);
    };
    add("merchant_order_id", merchant_order_id);
    add("amount", amount);
    add("currency", currency);
    add("method", method);
    return out + more + "}";
  }
};

Members good(Random& random) {
  Members members;
  members.merchant_order_id = '"' + number(random) + '"';
  members.amount = std::to_string(1 + below(random, 1'000'000));
  return members;
}

BadRequest refused(const RequestText& request, const Signer& signer, int status, std::string_view code) {
  return {.kind = {}, .bytes = text_of(request, signer), .status = status, .code = code};
}
BadRequest body(const World& world, std::string json, int status, std::string_view code) {
  return refused({.body = std::move(json)}, world.merchant, status, code);
}
BadRequest field(const World& world, const Members& members) {
  return body(world, members.json(), 422, "invalid_field");
}
BadRequest with_more(const World& world, Random& random, const std::string& more) {
  auto members = good(random);
  members.more = "," + more;
  return field(world, members);
}
RequestText create(Random& random) {
  return {.body = good(random).json()};
}
RequestText read(std::string path, std::string query = {}) {
  return {.method = "GET", .path = std::move(path), .query = std::move(query)};
}

BadRequest amount_out_of_range(const World& world, Random& random) {
  auto members = good(random);
  members.amount = one_of(
      random, {"0", "-0", "-1", "1000000000001", "9223372036854775807", "9223372036854775808", "9223372036854775809",
               "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616"});
  if (below(random, 2) == 0) {
    members.amount = std::to_string(1 + below(random, 9)) + std::string(13 + below(random, 40), '7');
  }
  return field(world, members);
}
BadRequest amount_of_another_type(const World& world, Random& random) {
  auto members = good(random);
  members.amount = one_of(random, {"1.0", "1e2", "1E+2", "1.5e-3", "\"100\"", "null", "true", "[100]", "{}", "100.00",
                                   "1e400", "[]", "\"\"", "-1.5", "0.0"});
  return field(world, members);
}
BadRequest amount_not_json(const World& world, Random& random) {
  auto members = good(random);
  members.amount =
      one_of(random, {"01", "+1", "1.", ".5", "1e", "0x10", "1_000", "NaN", "Infinity", "1,000", "--1", "'1'"});
  return body(world, members.json(), 400, "malformed_json");
}
BadRequest duplicate(const World& world, Random& random) {
  auto members = good(random);
  members.more = one_of(random, {R"(,"amount":1000)", R"(,"currency":"CNY")", R"(,"method":{"type":"qr"})",
                                 R"(,"metadata":{"a":"1","a":"1"})", R"(,"unknown":{"x":1,"x":2})",
                                 R"(,"merchant_order_id":"twice")", R"(,"\u0061mount":1000)"});
  return body(world, members.json(), 400, "duplicate_member");
}
BadRequest deep(const World& world, Random& random) {
  auto members = good(random);
  const std::size_t depth = 9 + below(random, 3'000);
  members.more = ",\"metadata\":";
  if (below(random, 2) == 0) {
    members.more += std::string(depth, '[') + std::string(depth, ']');
  } else {
    for (std::size_t i = 0; i < depth; ++i) members.more += R"({"a":)";
    members.more += "1" + std::string(depth, '}');
  }
  if (members.json().size() > 16'000) members.more = ",\"metadata\":" + std::string(20, '[') + std::string(20, ']');
  return body(world, members.json(), 400, "malformed_json");
}
BadRequest text_too_long(const World& world, Random& random) {
  return with_more(world, random, "\"description\":\"" + letters(random, 129 + below(random, 12'000)) + '"');
}
BadRequest megabyte(const World& world, Random& random) {
  auto members = good(random);
  members.more = ",\"description\":\"" + std::string(1024 * 1024, 'x') + '"';
  auto request = body(world, members.json(), 413, "body_too_large");
  request.closes = true;
  return request;
}
BadRequest invalid_utf8(const World& world, Random& random) {
  auto members = good(random);
  members.more = ",\"description\":\"a" +
                 one_of(random, {"\xff", "\xc0\xaf", "\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82",
                                 "\xf0\x80\x80\x80", "\\ud800", "\\udc00x"}) +
                 "\"";
  return body(world, members.json(), 400, "malformed_json");
}
BadRequest odd_bytes(const World& world, Random& random) {
  const std::string json = good(random).json();
  static const Strings before{"\xef\xbb\xbf", "\xff\xfe", "//\n", "/**/"};
  static const Strings behind{"x", "{}", ",", "\n]", "\x1a"};
  const bool in_front = below(random, 2) == 0;
  return body(world, in_front ? one_of(random, before) + json : json + one_of(random, behind), 400, "malformed_json");
}
BadRequest nul(const World& world, Random& random) {
  std::string json = good(random).json();
  json.insert(1 + below(random, json.size()), 1, '\0');
  return body(world, json, 400, "malformed_json");
}
BadRequest truncated(const World& world, Random& random) {
  std::string json = good(random).json();
  json.resize(1 + below(random, json.size() - 1));
  return body(world, json, 400, "malformed_json");
}
BadRequest without_a_mark(const World& world, Random& random) {
  std::string json = good(random).json();
  std::size_t at = 0;
  do {
    at = below(random, json.size());
  } while (std::string_view("{}:,\"").find(json[at]) == std::string_view::npos);
  json.erase(at, 1);
  return body(world, json, 400, "malformed_json");
}
BadRequest not_an_object(const World& world, Random& random) {
  return body(world, one_of(random, {"[]", "null", "1", "\"x\"", "true", "[{}]"}), 422, "invalid_field");
}
BadRequest unknown_member(const World& world, Random& random) {
  return with_more(world, random,
                   "\"" + letters(random, 1 + below(random, 30)) +
                       "_\":" + one_of(random, {"1", "null", "{}", "[1,2]", "\"x\"", "1.5", "true"}));
}
BadRequest member_missing(const World& world, Random& random) {
  auto members = good(random);
  std::string* const all[] = {&members.merchant_order_id, &members.amount, &members.currency, &members.method};
  all[below(random, 4)]->clear();
  return field(world, members);
}
BadRequest order_number(const World& world, Random& random) {
  auto members = good(random);
  members.merchant_order_id = one_of(random, {R"("")", R"("a b")", R"("a/b")", R"("..%2f")", "1", "null", R"(["a"])",
                                              "\"\u4e2d\"", R"("a\n")", R"("a;b")"});
  if (below(random, 2) == 0) members.merchant_order_id = '"' + letters(random, 65 + below(random, 200)) + '"';
  return field(world, members);
}
BadRequest currency(const World& world, Random& random) {
  auto members = good(random);
  members.currency = one_of(random, {R"("cny")", R"("CN")", R"("CNYX")", R"("")", "156", "null", R"("C Y")"});
  return field(world, members);
}
BadRequest other_currency(const World& world, Random& random) {
  auto members = good(random);
  members.currency = one_of(random, {R"("USD")", R"("EUR")", R"("JPY")"});
  return body(world, members.json(), 403, "currency_not_enabled");
}
BadRequest method_field(const World& world, Random& random) {
  auto members = good(random);
  members.method =
      one_of(random,
             {R"({"type":"card"})", "{}", R"("qr")", "[]", R"({"type":"barcode"})", R"({"type":"barcode","code":"12"})",
              R"({"type":"barcode","code":134567890123456789})", R"({"type":"barcode","code":"1345678901234567x9"})",
              R"({"type":"qr","code":"134567890123456789"})", R"({"type":"qr","x":1})", R"({"type":null})"});
  return field(world, members);
}
BadRequest attempt(const World& world, Random& random) {
  return with_more(world, random,
                   "\"attempt\":" + one_of(random, {"0", "-1", "21", "\"2\"", "1.0", "2e0", "null", "[]",
                                                    "9223372036854775808", "4294967297"}));
}
BadRequest expiry(const World& world, Random& random) {
  return with_more(world, random,
                   "\"expires_at\":" + one_of(random, {R"("2020-01-01T00:00:00Z")", R"("2999-01-01T00:00:00Z")",
                                                       R"("tomorrow")", "1795508130", R"("2026-13-01T00:00:00Z")",
                                                       R"("2026-11-24 08:15:30Z")", "null", R"("")"}));
}
BadRequest callback_url(const World& world, Random& random) {
  return with_more(world, random,
                   "\"callback_url\":" + one_of(random, {R"("ftp://shop.example/")", R"("//shop.example")", R"("")",
                                                         "1", R"("https://user:pw@shop.example/")", R"("https://")",
                                                         R"("https://shop.example/#x")", R"("javascript:alert")",
                                                         R"("https://shop.example:99999/")"}));
}
BadRequest metadata(const World& world, Random& random) {
  std::string pairs;
  switch (below(random, 4)) {
    case 0:
      for (int i = 0; i < 17; ++i) pairs += (pairs.empty() ? "\"k" : ",\"k") + std::to_string(i) + "\":\"v\"";
      pairs = "{" + pairs + "}";
      break;
    case 1:
      pairs = "{\"k\":\"" + letters(random, 1'100) + "\"}";
      break;
    default:
      pairs = one_of(random, {R"({"k":1})", R"({"k":null})", R"({"k":{"a":"b"}})", "[]", "\"k\"", R"({"k":["v"]})"});
  }
  return with_more(world, random, "\"metadata\":" + pairs);
}
BadRequest control_character(const World& world, Random& random) {
  return with_more(world, random,
                   "\"description\":\"tea" + one_of(random, {"\\u0000", "\\n", "\\u001b[2J", "\\u007f"}) + "\"");
}
BadRequest raw_control_character(const World& world, Random& random) {
  auto members = good(random);
  members.more = std::string(",\"description\":\"tea") + static_cast<char>(1 + below(random, 31)) + "\"";
  return body(world, members.json(), 400, "malformed_json");
}

BadRequest media_type(const World& world, Random& random) {
  auto request = create(random);
  request.content_type =
      one_of(random, {"text/plain", "application/x-www-form-urlencoded", "text/json", "application"});
  return refused(request, world.merchant, 415, "unsupported_media_type");
}
BadRequest accept(const World& world, Random& random) {
  auto request = below(random, 2) == 0 ? create(random) : read("/v1/payments/" + world.payment_id);
  request.more = {{"Accept", one_of(random, {"text/html", "application/xml", "application/json;q=0"})}};
  return refused(request, world.merchant, 406, "not_acceptable");
}

BadRequest unsigned_one(const World& world, Random& random) {
  auto request = create(random);
  request.is_signed = false;
  return refused(request, world.merchant, 401, "unauthorized");
}
BadRequest stale(const World& world, Random& random) {
  auto request = create(random);
  request.created_ago_s = 310 + static_cast<std::int64_t>(below(random, 1'000'000));
  return refused(request, world.merchant, 401, "unauthorized");
}
BadRequest future(const World& world, Random& random) {
  auto request = create(random);
  request.created_ago_s = -330 - static_cast<std::int64_t>(below(random, 1'000'000'000));
  return refused(request, world.merchant, 401, "unauthorized");
}
BadRequest expired(const World& world, Random& random) {
  auto request = create(random);
  request.created_ago_s = 100;
  request.expires_in_s = -1 - static_cast<std::int64_t>(below(random, 90));
  return refused(request, world.merchant, 401, "unauthorized");
}
BadRequest algorithm(const World& world, Random& random) {
  auto request = create(random);
  request.algorithm = one_of(random, {"ed25519", "none", "rsa-pss-sha512", "hmac-sha512", "HMAC-SHA256"});
  return refused(request, world.merchant, 401, "unauthorized");
}
BadRequest components(const World& world, Random& random) {
  static const std::array<Strings, 6> lists{{{"@method", "@path", "@query"},
                                             {"@path", "@method", "@query", "content-digest"},
                                             {"@method", "@query", "content-digest"},
                                             {"@method", "@path", "@query", "content-digest", "host"},
                                             {"content-digest"},
                                             {"@method", "@path", "@query", "content-digest", "content-digest"}}};
  auto request = create(random);
  request.components = lists[below(random, lists.size())];
  return refused(request, world.merchant, 401, "unauthorized");
}
BadRequest signature_flipped(const World& world, Random& random) {
  auto request = create(random);
  request.flip_signature = true;
  return refused(request, world.merchant, 401, "unauthorized");
}
BadRequest key_of_another(const World& world, Random& random) {
  const Signer mixed{world.merchant.key_id, world.stranger.key};
  return refused(create(random), mixed, 401, "unauthorized");
}
BadRequest key_unknown(const World& world, Random& random) {
  return refused(create(random), {"mk_test_" + letters(random, 20), world.merchant.key}, 401, "unauthorized");
}
BadRequest query_behind_it(const World& world, Random& random) {
  auto request = create(random);
  request.sent_query = letters(random, 3) + "=1";
  return refused(request, world.merchant, 401, "unauthorized");
}
BadRequest digest_missing(const World& world, Random& random) {
  auto request = create(random);
  request.digest = "none";
  return refused(request, world.merchant, 400, "missing_digest");
}
BadRequest digest_of_another_kind(const World& world, Random& random) {
  auto request = create(random);
  request.digest = one_of(random, {"sha-512=:AAAA:", "md5=:AAAA:", "sha-256=AAAA", "sha-256", "sha-256=:*:"});
  return refused(request, world.merchant, 400, "missing_digest");
}
BadRequest digest_of_another_body(const World& world, Random& random) {
  auto request = create(random);
  request.digest = digest_of(good(random).json());
  return refused(request, world.merchant, 422, "digest_mismatch");
}
BadRequest body_mutated(const World& world, Random& random) {
  auto request = create(random);
  request.sent_body = request.body;
  auto& byte = request.sent_body[below(random, request.sent_body.size())];
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << below(random, 7)));
  return refused(request, world.merchant, 422, "digest_mismatch");
}

BadRequest strangers_read(const World& world, Random& random) {
  const std::string path = "/v1/payments/" + world.old_payment_id;
  return refused(read(below(random, 2) == 0 ? path : path + "/refunds"), world.stranger, 404, "not_found");
}
BadRequest strangers_close(const World& world, Random&) {
  return refused({.path = "/v1/payments/" + world.old_payment_id + "/close"}, world.stranger, 404, "not_found");
}
BadRequest strangers_refund(const World& world, Random& random) {
  return refused({.path = "/v1/payments/" + world.old_payment_id + "/refunds",
                  .body = R"({"merchant_refund_id":")" + number(random) + R"(","amount":1})"},
                 world.stranger, 404, "not_found");
}
BadRequest no_id(const World& world, Random& random) {
  const auto id = one_of(random, {"pay_", "ref_01kat7wx7gew1v1f0rj2m3q9bz", "pay_01KAT7WX7GEW1V1F0RJ2M3Q9BZ", "1",
                                  "%00", "pay_zzzzzzzzzzzzzzzzzzzzzzzzzz", "..", "pay_01kat7wx7gew1v1f0rj2m3q9bzz"});
  const auto call = below(random, 3);
  if (call == 0) return refused(read("/v1/payments/" + id), world.merchant, 404, "not_found");
  if (call == 1) return refused({.path = "/v1/payments/" + id + "/close"}, world.merchant, 404, "not_found");
  return refused(read("/v1/payments/" + id + "/refunds"), world.merchant, 404, "not_found");
}
BadRequest no_path(const World& world, Random& random) {
  return refused(read("/" + letters(random, 1 + below(random, 30))), world.merchant, 404, "not_found");
}
BadRequest no_method(const World& world, Random& random) {
  auto request = read("/v1/payments");
  request.method = one_of(random, {"DELETE", "PUT", "PATCH", "OPTIONS", "BREW"});
  return refused(request, world.merchant, 405, "method_not_allowed");
}

BadRequest close_by_number(const World& world, Random& random) {
  const auto json =
      one_of(random, {"{}", R"({"merchant_order_id":""})", R"({"merchant_order_id":1})", R"({"x":1})",
                      R"({"merchant_order_id":"a","attempt":0})", R"({"merchant_order_id":"a","attempt":"1"})",
                      R"({"merchant_order_id":"a","attempt":1.0})"});
  return refused({.path = "/v1/payments/close", .body = json}, world.merchant, 422, "invalid_field");
}
BadRequest refund_field(const World& world, Random& random) {
  const auto json =
      one_of(random, {"{}", R"({"merchant_refund_id":"a","amount":0})", R"({"merchant_refund_id":"a","amount":"1"})",
                      R"({"merchant_refund_id":"a","amount":1.0})", R"({"merchant_refund_id":"a b","amount":1})",
                      R"({"merchant_refund_id":"a","amount":9223372036854775808})", R"({"amount":1})",
                      R"({"merchant_refund_id":"a","amount":1,"reason":""})",
                      R"({"merchant_refund_id":"a","amount":1,"currency":"CNY"})"});
  return refused({.path = "/v1/payments/" + world.payment_id + "/refunds", .body = json}, world.merchant, 422,
                 "invalid_field");
}
BadRequest refund_exceeds(const World& world, Random& random) {
  return refused({.path = "/v1/payments/" + world.payment_id + "/refunds",
                  .body = R"({"merchant_refund_id":")" + number(random) + R"(","amount":)" +
                          std::to_string(2'000'000 + below(random, 1'000'000)) + "}"},
                 world.merchant, 422, "refund_exceeds");
}
BadRequest refund_fields_differ(const World& world, Random& random) {
  return refused({.path = "/v1/payments/" + world.payment_id + "/refunds",
                  .body = R"({"merchant_refund_id":")" + world.refund_number + R"(","amount":)" +
                          std::to_string(2 + below(random, 1'000)) + "}"},
                 world.merchant, 422, "fields_differ");
}
BadRequest fields_differ(const World& world, Random& random) {
  auto members = good(random);
  members.merchant_order_id = '"' + world.order_number + '"';
  members.amount = std::to_string(2'000'000 + below(random, 1'000'000));
  return body(world, members.json(), 422, "fields_differ");
}
BadRequest list_query(const World& world, Random& random) {
  const auto query = one_of(
      random, {"limit=0", "limit=201", "limit=abc", "limit=", "limit=1.0", "limit=-1", "limit=99999999999999999999",
               "state=paid", "created_after=yesterday", "created_before=1795508130", "colour=red", "limit=1&limit=2",
               "merchant_order_id=a&limit=1", "merchant_order_id=a%20b", "merchant_order_id="});
  return refused(read("/v1/payments", query), world.merchant, 422, "invalid_field");
}
BadRequest cursor(const World& world, Random& random) {
  return refused(read("/v1/payments", "cursor=" + letters(random, 1 + below(random, 100))), world.merchant, 400,
                 "bad_cursor");
}

/// Refused before anybody looks who signed it; the connection ends.
BadRequest closing(std::string bytes, int status, std::string_view code) {
  return {.kind = {}, .bytes = std::move(bytes), .status = status, .code = code, .closes = true};
}
std::string with_header(const World& world, Random& random, const std::string& line) {
  auto bytes = text_of(create(random), world.merchant);
  return bytes.insert(bytes.find("\r\n") + 2, line);
}
BadRequest framing(const World& world, Random& random) {
  return closing(with_header(world, random,
                             one_of(random, {"Transfer-Encoding: chunked\r\n", "Content-Length: 1\r\n", "A b: c\r\n",
                                             " folded: x\r\n", "X: a\n", "Content-Length: +5\r\n", "Nonsense\r\n"})),
                 400, "bad_framing");
}
BadRequest headers_too_large(const World& world, Random& random) {
  return closing(with_header(world, random, "X: " + letters(random, 9'000) + "\r\n"), 431, "headers_too_large");
}
BadRequest uri_too_long(const World& world, Random& random) {
  return closing(text_of(read("/v1/payments", "merchant_order_id=" + letters(random, 3'000)), world.merchant), 414,
                 "uri_too_long");
}
/// The line ends before the request does: nobody is left to be answered, and nothing may have happened.
BadRequest cut_off(const World& world, Random& random) {
  auto bytes = text_of(create(random), world.merchant);
  bytes.resize(1 + below(random, bytes.size() - 1));
  return closing(std::move(bytes), 0, "");
}

}  // namespace

const std::vector<Kind>& bad_kinds() {
  static const std::vector<Kind> all{{"amount_out_of_range", amount_out_of_range},
                                     {"amount_of_another_type", amount_of_another_type},
                                     {"amount_not_json", amount_not_json},
                                     {"duplicate", duplicate},
                                     {"deep", deep},
                                     {"text_too_long", text_too_long},
                                     {"invalid_utf8", invalid_utf8},
                                     {"odd_bytes", odd_bytes},
                                     {"nul", nul},
                                     {"truncated", truncated},
                                     {"without_a_mark", without_a_mark},
                                     {"not_an_object", not_an_object},
                                     {"unknown_member", unknown_member},
                                     {"member_missing", member_missing},
                                     {"order_number", order_number},
                                     {"currency", currency},
                                     {"other_currency", other_currency},
                                     {"method_field", method_field},
                                     {"attempt", attempt},
                                     {"expiry", expiry},
                                     {"callback_url", callback_url},
                                     {"metadata", metadata},
                                     {"control_character", control_character},
                                     {"raw_control_character", raw_control_character},
                                     {"media_type", media_type},
                                     {"accept", accept},
                                     {"unsigned_one", unsigned_one},
                                     {"stale", stale},
                                     {"future", future},
                                     {"expired", expired},
                                     {"algorithm", algorithm},
                                     {"components", components},
                                     {"signature_flipped", signature_flipped},
                                     {"key_of_another", key_of_another},
                                     {"key_unknown", key_unknown},
                                     {"query_behind_it", query_behind_it},
                                     {"digest_missing", digest_missing},
                                     {"digest_of_another_kind", digest_of_another_kind},
                                     {"digest_of_another_body", digest_of_another_body},
                                     {"body_mutated", body_mutated},
                                     {"strangers_read", strangers_read},
                                     {"strangers_close", strangers_close},
                                     {"strangers_refund", strangers_refund},
                                     {"no_id", no_id},
                                     {"no_path", no_path},
                                     {"no_method", no_method},
                                     {"close_by_number", close_by_number},
                                     {"refund_field", refund_field},
                                     {"refund_exceeds", refund_exceeds},
                                     {"refund_fields_differ", refund_fields_differ},
                                     {"fields_differ", fields_differ},
                                     {"list_query", list_query},
                                     {"cursor", cursor},
                                     {"megabyte", megabyte},
                                     {"framing", framing},
                                     {"headers_too_large", headers_too_large},
                                     {"uri_too_long", uri_too_long},
                                     {"cut_off", cut_off}};
  return all;
}

std::string valid_create(const World& world, Random& random) {
  return text_of(create(random), world.merchant);
}

}  // namespace acq::test
