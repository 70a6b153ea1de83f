// Headers of which one value is read: a second one would let two readers choose differently. And Host, which says less
// than it could.
#include "tests/contract/framing/cases.hpp"

namespace acq::test {

FramingCases single_header_cases() {
  FramingCases cases;
  for (const std::string name : {"Content-Type", "Content-Digest", "Authorization", "Signature", "Signature-Input",
                                 "Idempotency-Key", "Content-Encoding", "If-Match", "If-None-Match", "Traceparent",
                                 "Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"}) {
    const std::string once = name + ": a\r\n";
    cases.push_back(served(name + " once", get_with(once), {"GET /a 0"}));
    cases.push_back(refused(name + " twice", get_with(once + name + ": b\r\n")));
    cases.push_back(refused(name + " twice, equal", get_with(once + "X-A: b\r\n" + once)));
  }
  cases.push_back(refused("a signature twice in different case", get_with("Signature: a\r\nsIGNATURE: b\r\n")));
  cases.push_back(refused("Expect twice",
                          post_with("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 5\r\n", "hello")));
  return cases;
}

FramingCases host_cases() {
  const auto hosts = [](const std::string& lines) { return "GET /a HTTP/1.1\r\n" + lines + "\r\n"; };
  FramingCases cases{
      refused("no Host", hosts("")),
      refused("no Host, but another header", hosts("X-A: b\r\n")),
      refused("two Hosts", hosts("Host: x\r\nHost: y\r\n")),
      refused("two equal Hosts", hosts("Host: x\r\nHost: x\r\n")),
      refused("two Hosts in different case", hosts("Host: x\r\nhOST: y\r\n")),
      refused("two Hosts apart", hosts("Host: x\r\nX-A: b\r\nHost: y\r\n")),
      refused("Host with a space in its name", hosts("Host : x\r\n")),
      refused("Host on a folded line", hosts("Host:\r\n x\r\n")),
      refused("a second Host on a folded line", hosts("Host: x\r\n Host: y\r\n")),
  };
  for (const std::string good : {"x", "x:80", "pay.example.com", "pay.example.com:8443", "127.0.0.1", "127.0.0.1:18080",
                                 "[::1]", "[::1]:443", "gateway_1", "x:"}) {
    cases.push_back(served("Host \"" + good + "\"", hosts("Host: " + good + "\r\n"), {"GET /a 0"}));
  }
  for (const std::string bad :
       {"",        " ",      ":80",      "x y",     "x,y",    "x, y", "a@x",      "a:b@x",   "x/y", "x?y",
        "x#y",     "x\\y",   "http://x", "x:80:81", "x:port", "x:-1", "x:123456", "[::1",    "[]",  "[::1]x",
        "[::1]:a", "[g::1]", "::1",      "x\ty",    "x\x01",  "*",    "x%00",     "\xc3\xa9"}) {
    cases.push_back(refused("Host \"" + bad + "\"", hosts("Host: " + bad + "\r\n")));
  }
  return cases;
}

}  // namespace acq::test
