// The lines behind the first: a plain name, a colon, a value without control characters, CR and LF.
#include "tests/contract/framing/cases.hpp"

namespace acq::test {

FramingCases header_line_cases() {
  FramingCases cases{
      served("an empty value", get_with("X-A:\r\n"), {"GET /a 0"}),
      served("a tab within a value", get_with("X-A: b\tc\r\n"), {"GET /a 0"}),
      served("colons within a value", get_with("X-A: b: c:d\r\n"), {"GET /a 0"}),
      served("a header that may occur twice", get_with("Accept: a/b\r\nAccept: c/d\r\n"), {"GET /a 0"}),
      served("digits in a name", get_with("B3-1: b\r\n"), {"GET /a 0"}),
      served("bytes over 127 in a value", get_with("X-A: caf\xc3\xa9\r\n"), {"GET /a 0"}),
      served("Upgrade is ignored", get_with("Connection: Upgrade\r\nUpgrade: websocket\r\n"), {"GET /a 0"}),
      served("an upgrade to HTTP/2 is ignored",
             get_with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
             {"GET /a 0"}),
      served("Keep-Alive says nothing", get_with("Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n"), {"GET /a 0"}),
      served("an expectation whose body is there", post_with("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"),
             {"POST /a 5"}),
      served("an expectation in another case", post_with("Expect: 100-Continue\r\nContent-Length: 5\r\n", "hello"),
             {"POST /a 5"}),
      served("an expectation without a body", get_with("Expect: 100-continue\r\n"), {"GET /a 0"}),
      refused("another expectation", post_with("Expect: 200-ok\r\nContent-Length: 5\r\n", "hello")),
      refused("two expectations in one", post_with("Expect: 100-continue, x\r\nContent-Length: 5\r\n", "hello")),
      refused("an empty expectation", post_with("Expect:\r\nContent-Length: 5\r\n", "hello")),
      refused("an expectation of a body that is too long",
              post_with("Expect: 100-continue\r\nContent-Length: 16385\r\n", ""), 413, "body_too_large"),
      refused("a folded line", get_with("X-A: b\r\n c\r\n")),
      refused("a line folded with a tab", get_with("X-A: b\r\n\tc\r\n")),
      refused("the first header folded", "GET /a HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n"),
      refused("a line of spaces", get_with("X-A: b\r\n   \r\n")),
      refused("a folded request line", "GET /a\r\n HTTP/1.1\r\nHost: x\r\n\r\n"),
      refused("a line without a colon", get_with("X-A\r\n")),
      refused("a line without a name", get_with(": b\r\n")),
      refused("a line of one colon", get_with(":\r\n")),
      refused("a space before the colon", get_with("X-A : b\r\n")),
      refused("a tab before the colon", get_with("X-A\t: b\r\n")),
      refused("a request in the place of a header", get_with("GET /smuggled HTTP/1.1\r\n")),
      refused("a pseudo-header of HTTP/2", get_with(":path: /smuggled\r\n")),
      refused("a bare LF behind the request line", "GET /a HTTP/1.1\nHost: x\r\n\r\n"),
      refused("a bare LF behind a header", "GET /a HTTP/1.1\r\nHost: x\nX-A: b\r\n\r\n"),
      refused("a bare LF as the blank line", "GET /a HTTP/1.1\r\nHost: x\r\n\n" + smuggled),
      refused("bare LFs all the way", "GET /a HTTP/1.1\nHost: x\n\n" + smuggled),
      refused("LF and CR exchanged", "GET /a HTTP/1.1\n\rHost: x\n\r\n\r" + smuggled),
      refused("a bare CR behind the request line", "GET /a HTTP/1.1\rHost: x\r\n\r\n"),
      refused("a bare CR within a value", get_with("X-A: b\rc\r\n")),
      refused("a bare CR before the line's end", get_with("X-A: b\r\r\n")),
      refused("a bare CR within a name", get_with("X\r-A: b\r\n")),
      refused("a NUL within a value", get_with(std::string("X-A: b\0c\r\n", 10))),
      refused("a NUL behind a value", get_with(std::string("X-A: b\0\r\n", 9))),
      refused("a NUL as a line", get_with(std::string("\0\r\n", 3))),
      refused("a DEL within a value", get_with("X-A: b\x7f\r\n")),
      refused("a form feed within a value", get_with("X-A: b\x0c\r\n")),
      refused("an escape within a value", get_with("X-A: b\x1b[0m\r\n")),
      refused("Connection that names Host", get_with("Connection: Host\r\n")),
      refused("Connection that names the signature", get_with("Connection: close, signature\r\n")),
      refused("Connection that names the digest", get_with("Connection: keep-alive,\tContent-Digest\r\n")),
  };
  for (const char odd : std::string("\x01\x1f !\"#$%&'()*+,./;<=>?@[\\]^_`{|}~\x7f\x80\xe9\xff")) {
    cases.push_back(refused("in a name, byte " + std::to_string(static_cast<unsigned char>(odd)),
                            get_with("X" + std::string(1, odd) + "A: b\r\n")));
  }
  return cases;
}

}  // namespace acq::test
