// The first line: method, target in origin-form, version. Nothing else, and nothing in between.
#include "tests/contract/framing/cases.hpp"

namespace acq::test {
namespace {

std::string line(const std::string& first) {
  return first + "\r\nHost: x\r\n\r\n";
}

}  // namespace

FramingCases request_line_cases() {
  FramingCases cases{
      served("the plainest request", line("GET / HTTP/1.1"), {"GET / 0"}),
      served("HEAD", line("HEAD /a HTTP/1.1"), {"HEAD /a 0"}),
      served("DELETE without a body", line("DELETE /a HTTP/1.1"), {"DELETE /a 0"}),
      served("a method that nobody knows", line("BREW /a HTTP/1.1"), {"BREW /a 0"}),
      served("a method in lower case is another method", line("get /a HTTP/1.1"), {"get /a 0"}),
      served("a method with a hyphen", line("M-SEARCH /a HTTP/1.1"), {"M-SEARCH /a 0"}),
      served("a query", line("GET /a?b=c&d HTTP/1.1"), {"GET /a?b=c&d 0"}),
      served("an empty query", line("GET /a? HTTP/1.1"), {"GET /a? 0"}),
      served("escapes", line("GET /%7Ea%2fb HTTP/1.1"), {"GET /%7Ea%2fb 0"}),
      served("two slashes", line("GET //a HTTP/1.1"), {"GET //a 0"}),
      served("dots are not resolved", line("GET /a/../b HTTP/1.1"), {"GET /a/../b 0"}),
      served("every character that a target may have", line("GET /-._~!$&'()*+,;=:@?/ HTTP/1.1"),
             {"GET /-._~!$&'()*+,;=:@?/ 0"}),
      refused("HTTP/1.0", line("GET / HTTP/1.0")),
      refused("HTTP/1.0 that wants to stay", "GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"),
      refused("HTTP/0.9", "GET /\r\n\r\n"),
      refused("HTTP/1.2", line("GET / HTTP/1.2")),
      refused("HTTP/2.0", line("GET / HTTP/2.0")),
      refused("HTTP/1.10", line("GET / HTTP/1.10")),
      refused("HTTP/01.1", line("GET / HTTP/01.1")),
      refused("HTTP/1", line("GET / HTTP/1")),
      refused("HTTP/1.", line("GET / HTTP/1.")),
      refused("HTTP/11", line("GET / HTTP/11")),
      refused("HTTP-1.1", line("GET / HTTP-1.1")),
      refused("ICY/1.1", line("GET / ICY/1.1")),
      refused("a version in lower case", line("GET / http/1.1")),
      refused("a version with something behind it", line("GET / HTTP/1.1x")),
      refused("a second version", line("GET / HTTP/1.1 HTTP/1.1")),
      refused("no version", line("GET /")),
      refused("a method alone", line("GET")),
      refused("a version alone", line("HTTP/1.1")),
      refused("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      refused("absolute-form", line("GET http://x/ HTTP/1.1")),
      refused("absolute-form of another host", line("GET http://other/ HTTP/1.1")),
      refused("absolute-form of https", line("GET https://x/ HTTP/1.1")),
      refused("absolute-form of a file", line("GET file:///etc/passwd HTTP/1.1")),
      refused("authority-form", line("CONNECT x:443 HTTP/1.1")),
      refused("CONNECT in origin-form's place", line("GET x:443 HTTP/1.1")),
      refused("asterisk-form", line("OPTIONS * HTTP/1.1")),
      refused("an asterisk for GET", line("GET * HTTP/1.1")),
      refused("a relative target", line("GET a HTTP/1.1")),
      refused("an empty target", line("GET  HTTP/1.1")),
      refused("two spaces before the target", line("GET  / HTTP/1.1")),
      refused("two spaces before the version", line("GET /  HTTP/1.1")),
      refused("a space behind the version", line("GET / HTTP/1.1 ")),
      refused("a tab before the target", line("GET\t/ HTTP/1.1")),
      refused("a tab before the version", line("GET /\tHTTP/1.1")),
      refused("a tab behind the version", line("GET / HTTP/1.1\t")),
      refused("a vertical tab before the target", line("GET\x0b/ HTTP/1.1")),
      refused("a space before the method", line(" GET / HTTP/1.1")),
      refused("a tab before the method", line("\tGET / HTTP/1.1")),
      refused("no method", line(" / HTTP/1.1")),
      refused("a colon in the method", line("GET: / HTTP/1.1")),
      refused("a parenthesis in the method", line("G(T / HTTP/1.1")),
      refused("a NUL in the method", line(std::string("G\0T / HTTP/1.1", 14))),
      refused("a byte order mark before the method", line("\xef\xbb\xbfGET / HTTP/1.1")),
      refused("an empty line before the request", "\r\n" + line("GET / HTTP/1.1")),
      refused("two empty lines before the request", "\r\n\r\n" + line("GET / HTTP/1.1")),
      refused("a bare LF before the request", "\n" + line("GET / HTTP/1.1")),
      refused("a bare CR before the request", "\r" + line("GET / HTTP/1.1")),
      refused("a method of 17 letters", line(std::string(17, 'A') + " / HTTP/1.1")),
      refused("a TLS handshake", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)),
      refused("PROXY protocol, version 1", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + line("GET / HTTP/1.1")),
      refused("PROXY protocol, version 2", std::string("\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a", 12)),
      refused("a NUL in the target", line(std::string("GET /\0a HTTP/1.1", 16))),
      refused("an escape that is cut", line("GET /%4 HTTP/1.1")),
      refused("an escape that is none", line("GET /%zz HTTP/1.1")),
      refused("a lone percent sign", line("GET /% HTTP/1.1")),
  };
  for (const char odd : std::string("\x01\x08\x0b\x0c\x1f\"#<>[\\]^`{|}\x7f\x80\xa0\xff")) {
    cases.push_back(refused("in the target, byte " + std::to_string(static_cast<unsigned char>(odd)),
                            line("GET /a" + std::string(1, odd) + "b HTTP/1.1")));
  }
  return cases;
}

}  // namespace acq::test
