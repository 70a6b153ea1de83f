// The framing gate over raw heads: what passes, and the one way each of the others is refused.
#include "common/http/framing.hpp"

#include <catch2/catch.hpp>
#include <optional>

#include "common/limits.hpp"

using namespace acq;
using http::check_framing;

namespace {

constexpr std::size_t body_max = 16 * 1024;
const std::string get = "GET /v1/payments HTTP/1.1\r\nHost: x\r\n";
const std::string post = "POST /v1/payments HTTP/1.1\r\nHost: x\r\n";

struct Case {
  std::string name;
  std::string head;
  std::optional<Errc> refusal = std::nullopt;
};

std::string line_with(const std::string& request_line) {
  return request_line + "\r\nHost: x\r\n\r\n";
}

std::string many_headers(std::size_t count) {
  std::string head = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (std::size_t i = 1; i < count; ++i) head += "X-" + std::to_string(i) + ": v\r\n";
  return head + "\r\n";
}

std::string with_target_of(std::size_t bytes) {
  return line_with("GET /" + std::string(bytes - 1, 'a') + " HTTP/1.1");
}

std::vector<Case> good_heads() {
  return {
      {"plain GET", get + "\r\n"},
      {"GET with a body of a told length", get + "Content-Length: 5\r\n\r\n"},
      {"POST with a body", post + "Content-Length: 16384\r\n\r\n"},
      {"POST with an empty body", post + "Content-Length: 0\r\n\r\n"},
      {"DELETE without a body", line_with("DELETE /v1/callback-endpoints/1 HTTP/1.1")},
      {"an unknown method is the router's", line_with("BREW /pot HTTP/1.1")},
      {"a lower-case method is the router's", line_with("get / HTTP/1.1")},
      {"query", line_with("GET /v1/payments?merchant_order_id=A-1&limit=2 HTTP/1.1")},
      {"empty query", line_with("GET /v1/payments? HTTP/1.1")},
      {"percent-encoding", line_with("GET /a%2Fb?c=%e4%BD%a0 HTTP/1.1")},
      {"sub-delimiters", line_with("GET /a!$&'()*+,;=:@-._~ HTTP/1.1")},
      {"longest target", with_target_of(limits::target_bytes_max)},
      {"spaces and tabs around a value", "GET / HTTP/1.1\r\nHost: \t x \t\r\n\r\n"},
      {"no space before a value", "GET / HTTP/1.1\r\nHost:x\r\n\r\n"},
      {"tab within a value", get + "X-A: a\tb\r\n\r\n"},
      {"empty value", get + "X-A:\r\n\r\n"},
      {"bytes over 127 in a value", get + "User-Agent: caf\xc3\xa9\r\n\r\n"},
      {"Host with port", "GET / HTTP/1.1\r\nHost: api.example.com:8443\r\n\r\n"},
      {"IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"},
      {"most headers", many_headers(limits::headers_max)},
      {"Upgrade is passed over", get + "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"},
      {"harmless headers may repeat", get + "Accept: a/b\r\nAccept: c/d\r\nVia: 1\r\nVia: 2\r\n\r\n"},
      {"100-continue", post + "Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n"},
  };
}

std::vector<Case> bad_heads() {
  const auto bad = Errc::bad_framing;
  std::vector<Case> cases{
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n", bad},
      {"bare LF after a header", "GET / HTTP/1.1\r\nHost: x\n\r\n", bad},
      {"bare LF as the blank line", "GET / HTTP/1.1\r\nHost: x\r\n\n", bad},
      {"bare LFs only", "GET / HTTP/1.1\nHost: x\n\n", bad},
      {"bare CR within a value", get + "X-A: a\rb\r\n\r\n", bad},
      {"bare CR before CRLF", get + "X-A: a\r\r\n\r\n", bad},
      {"blank line first", "\r\n" + get + "\r\n", bad},
      {"bytes behind the blank line", get + "\r\nGET", bad},
      {"no blank line", get, bad},
      {"nothing", "", bad},
      {"obs-fold with a space", get + "X-A: a\r\n b\r\n\r\n", bad},
      {"obs-fold with a tab", get + "X-A: a\r\n\tb\r\n\r\n", bad},
      {"fold before the first header", "GET / HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n", bad},
      {"space before the colon", get + "X-A : a\r\n\r\n", bad},
      {"tab before the colon", post + "Content-Length\t: 5\r\n\r\n", bad},
      {"no colon", get + "X-A a\r\n\r\n", bad},
      {"empty name", get + ": a\r\n\r\n", bad},
      {"underscore for a hyphen", post + "Content_Length: 5\r\nContent-Length: 5\r\n\r\n", bad},
      {"NUL in a name", get + std::string("X\0A: a\r\n\r\n", 10), bad},
      {"byte over 127 in a name", get + "X\xc3\xa9: a\r\n\r\n", bad},
      {"parenthesis in a name", get + "X(A): a\r\n\r\n", bad},
      {"NUL in a value", get + std::string("X-A: a\0b\r\n\r\n", 12), bad},
      {"escape in a value", get + "X-A: \x1b[31m\r\n\r\n", bad},
      {"DEL in a value", get + "X-A: \x7f\r\n\r\n", bad},
      {"vertical tab in a value", get + "Transfer-Encoding:\vchunked\r\n\r\n", bad},
      {"two Content-Length that differ", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", bad},
      {"two Content-Length that agree", post + "Content-Length: 5\r\ncontent-length: 5\r\n\r\n", bad},
      {"list of lengths", post + "Content-Length: 5, 5\r\n\r\n", bad},
      {"signed length", post + "Content-Length: +5\r\n\r\n", bad},
      {"negative length", post + "Content-Length: -1\r\n\r\n", bad},
      {"hexadecimal length", post + "Content-Length: 0x5\r\n\r\n", bad},
      {"length with a fraction", post + "Content-Length: 5.0\r\n\r\n", bad},
      {"length with an exponent", post + "Content-Length: 1e1\r\n\r\n", bad},
      {"length with a space inside", post + "Content-Length: 1 0\r\n\r\n", bad},
      {"length with leading zeros", post + "Content-Length: 005\r\n\r\n", bad},
      {"empty length", post + "Content-Length:\r\n\r\n", bad},
      {"full-width digit", post + "Content-Length: \xef\xbc\x95\r\n\r\n", bad},
      {"chunked", post + "Transfer-Encoding: chunked\r\n\r\n", bad},
      {"chunked and a length", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", bad},
      {"gzip and a length", post + "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\n", bad},
      {"identity", get + "Transfer-Encoding: identity\r\n\r\n", bad},
      {"odd case", post + "tRANSFER-eNCODING: xchunked\r\nContent-Length: 5\r\n\r\n", bad},
      {"empty Transfer-Encoding", post + "Content-Length: 5\r\nTransfer-Encoding:\r\n\r\n", bad},
      {"no Host", "GET / HTTP/1.1\r\nX-A: a\r\n\r\n", bad},
      {"two Hosts", get + "Host: y\r\n\r\n", bad},
      {"two equal Hosts", get + "host: x\r\n\r\n", bad},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", bad},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", bad},
      {"Host with user information", "GET / HTTP/1.1\r\nHost: a@x\r\n\r\n", bad},
      {"two names in Host", "GET / HTTP/1.1\r\nHost: x, y\r\n\r\n", bad},
      {"another expectation", post + "Content-Length: 5\r\nExpect: 200-ok\r\n\r\n", bad},
      {"HTTP/1.0", line_with("GET / HTTP/1.0"), bad},
      {"HTTP/2.0", line_with("GET / HTTP/2.0"), bad},
      {"HTTP/1.10", line_with("GET / HTTP/1.10"), bad},
      {"lower-case version", line_with("GET / http/1.1"), bad},
      {"no version", line_with("GET /"), bad},
      {"only a method", line_with("GET"), bad},
      {"two spaces before the target", line_with("GET  / HTTP/1.1"), bad},
      {"two spaces before the version", line_with("GET /  HTTP/1.1"), bad},
      {"space behind the version", line_with("GET / HTTP/1.1 "), bad},
      {"tab instead of a space", line_with("GET\t/ HTTP/1.1"), bad},
      {"space before the method", line_with(" GET / HTTP/1.1"), bad},
      {"empty method", line_with("/ HTTP/1.1"), bad},
      {"odd method", line_with("G(T / HTTP/1.1"), bad},
      {"long method", line_with(std::string(17, 'A') + " / HTTP/1.1"), bad},
      {"absolute-form", line_with("GET http://x/ HTTP/1.1"), bad},
      {"authority-form", line_with("CONNECT x:443 HTTP/1.1"), bad},
      {"asterisk-form", line_with("OPTIONS * HTTP/1.1"), bad},
      {"space in the target", line_with("GET /a b HTTP/1.1"), bad},
      {"fragment", line_with("GET /#a HTTP/1.1"), bad},
      {"backslash", line_with("GET /a\\b HTTP/1.1"), bad},
      {"quote", line_with("GET /\"a HTTP/1.1"), bad},
      {"cut percent-encoding", line_with("GET /a%2 HTTP/1.1"), bad},
      {"odd percent-encoding", line_with("GET /a%zz HTTP/1.1"), bad},
      {"byte over 127 in the target", line_with("GET /\xc3\xa9 HTTP/1.1"), bad},
      {"NUL in the target", line_with(std::string("GET /\0 HTTP/1.1", 15)), bad},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", bad},
      {"TLS hello", "\x16\x03\x01\x02\r\n\r\n", bad},

      {"POST without a length", post + "\r\n", Errc::length_required},
      {"PUT without a length", line_with("PUT / HTTP/1.1"), Errc::length_required},
      {"PATCH without a length", line_with("PATCH / HTTP/1.1"), Errc::length_required},
      {"a body one byte too large", post + "Content-Length: 16385\r\n\r\n", Errc::body_too_large},
      {"2^64", post + "Content-Length: 18446744073709551616\r\n\r\n", Errc::body_too_large},
      {"2^64 + 5", post + "Content-Length: 18446744073709551621\r\n\r\n", Errc::body_too_large},
      {"a thousand digits", post + "Content-Length: " + std::string(1000, '9') + "\r\n\r\n", Errc::body_too_large},
      {"a target one byte too long", with_target_of(limits::target_bytes_max + 1), Errc::uri_too_long},
      {"a target beyond the whole head", with_target_of(limits::head_bytes_max), Errc::uri_too_long},
      {"one header too many", many_headers(limits::headers_max + 1), Errc::headers_too_large},
      {"a long header", get + "X-A: " + std::string(limits::head_bytes_max, 'a') + "\r\n\r\n", Errc::headers_too_large},
  };
  for (const char* name : {"Signature", "Signature-Input", "Content-Digest", "Authorization", "Idempotency-Key",
                           "Content-Type", "Expect", "Content-Encoding"}) {
    const std::string line = std::string(name) + ": 100-continue\r\n";
    cases.push_back({std::string("two of ") + name, post + "Content-Length: 1\r\n" + line + line + "\r\n", bad});
  }
  return cases;
}

}  // namespace

TEST_CASE("heads that every reader takes alike pass the gate") {
  CHECK(good_heads().size() + bad_heads().size() >= 60);
  for (const auto& head : good_heads()) {
    INFO(head.name);
    CHECK(check_framing(head.head, body_max).has_value());
  }
}

TEST_CASE("heads that readers could take differently are refused") {
  for (const auto& head : bad_heads()) {
    INFO(head.name);
    const auto framing = check_framing(head.head, body_max);
    REQUIRE(framing.has_error());
    CHECK(name_of(framing.error().code) == name_of(*head.refusal));
  }
}

TEST_CASE("the gate tells where the request ends and whether the connection stays") {
  const auto body = check_framing(post + "Content-Length: 12\r\nExpect: 100-continue\r\n\r\n", body_max).value();
  CHECK(body.content_length == 12);
  CHECK(body.has_body);
  CHECK(body.expects_continue);
  CHECK(body.keep_alive);
  const auto none = check_framing(get + "\r\n", body_max).value();
  CHECK(none.content_length == 0);
  CHECK_FALSE(none.has_body);
  CHECK_FALSE(none.expects_continue);
  for (const char* connection : {"close", "Close", "keep-alive, close", "close , x", "x,\tCLOSE"}) {
    CHECK_FALSE(check_framing(get + "Connection: " + connection + "\r\n\r\n", body_max)->keep_alive);
  }
  CHECK_FALSE(check_framing(get + "Connection: close\r\nConnection: keep-alive\r\n\r\n", body_max)->keep_alive);
  for (const char* connection : {"keep-alive", "closed", "", "Upgrade"}) {
    CHECK(check_framing(get + "Connection: " + connection + "\r\n\r\n", body_max)->keep_alive);
  }
}

TEST_CASE("the end of a head is found wherever the bytes were cut") {
  const std::string head = get + "X-A: a\r\n\r\n";
  const std::string bytes = head + "{\"a\":1}\r\n\r\n";
  for (std::size_t scanned = 0; scanned < head.size(); ++scanned) {
    CHECK(http::find_head_end(bytes, scanned) == head.size());
    CHECK(http::find_head_end(head.substr(0, scanned)) == std::string_view::npos);
  }
  CHECK(http::find_head_end("GET / HTTP/1.1\nHost: x\n\nrest") == 24);
}
