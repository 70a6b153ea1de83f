// Addresses that callbacks may not reach, and spellings of URLs that would smuggle one in.
#include "common/http/address_guard.hpp"

#include <catch2/catch.hpp>

using namespace acq::http;

namespace {
bool allowed(const char* address, bool loopback_allowed = false) {
  return may_call(boost::asio::ip::make_address(address), {.check = true, .loopback_allowed = loopback_allowed});
}
}  // namespace

TEST_CASE("special-purpose IPv4 ranges are refused from their first to their last address") {
  const std::pair<const char*, const char*> ranges[] = {
      {"0.0.0.0", "0.255.255.255"},       {"10.0.0.0", "10.255.255.255"},     {"100.64.0.0", "100.127.255.255"},
      {"127.0.0.0", "127.255.255.255"},   {"169.254.0.0", "169.254.255.255"}, {"172.16.0.0", "172.31.255.255"},
      {"192.0.0.0", "192.0.0.255"},       {"192.0.2.0", "192.0.2.255"},       {"192.88.99.0", "192.88.99.255"},
      {"192.168.0.0", "192.168.255.255"}, {"198.18.0.0", "198.19.255.255"},   {"198.51.100.0", "198.51.100.255"},
      {"203.0.113.0", "203.0.113.255"},   {"224.0.0.0", "239.255.255.255"},   {"240.0.0.0", "255.255.255.255"}};
  for (const auto& [first, last] : ranges) {
    INFO(first << " to " << last);
    CHECK_FALSE(allowed(first));
    CHECK_FALSE(allowed(last));
    CHECK_FALSE(allowed((std::string("::ffff:") + first).c_str()));
    CHECK_FALSE(allowed((std::string("64:ff9b::") + last).c_str()));
  }
  CHECK_FALSE(allowed("169.254.169.254"));
}

TEST_CASE("addresses beside those ranges are allowed") {
  for (const char* address :
       {"1.0.0.0",       "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",    "126.255.255.255",
        "128.0.0.0",     "169.253.255.255", "169.255.0.0",     "172.15.255.255", "172.32.0.0",     "192.0.1.0",
        "192.0.3.0",     "192.88.98.255",   "192.167.255.255", "192.169.0.0",    "198.17.255.255", "198.20.0.0",
        "198.51.99.255", "203.0.114.0",     "223.255.255.255", "8.8.8.8"}) {
    INFO(address);
    CHECK(allowed(address));
    CHECK(allowed((std::string("::ffff:") + address).c_str()));
    CHECK(allowed((std::string("64:ff9b::") + address).c_str()));
  }
}

TEST_CASE("special-purpose IPv6 ranges are refused, embedded IPv4 is unwrapped") {
  for (const char* address : {"::",
                              "::1",
                              "::127.0.0.1",
                              "::8.8.8.8",
                              "::ffff:127.0.0.1",
                              "::ffff:0:8.8.8.8",
                              "64:ff9b::7f00:1",
                              "64:ff9b::a9fe:a9fe",
                              "64:ff9b:1::",
                              "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
                              "64:ff9b:0:1::808:808",
                              "100::",
                              "100::ffff:ffff:ffff:ffff",
                              "2001::",
                              "2001:0:4136:e378::1",
                              "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
                              "2001:db8::",
                              "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                              "2002:7f00:1::",
                              "2002:a00:1::1",
                              "2002:c0a8:101::1",
                              "2002:a9fe:a9fe::",
                              "3fff::1",
                              "fc00::",
                              "fdff:ffff::1",
                              "fe80::1",
                              "febf::1",
                              "fec0::1",
                              "feff::1",
                              "ff02::1",
                              "ffff::1",
                              "4000::1",
                              "5f00::1",
                              "1fff::1",
                              "::ffff:10.0.0.1"}) {
    INFO(address);
    CHECK_FALSE(allowed(address));
  }
  for (const char* address : {"2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7:ffff::1", "2001:db9::1",
                              "2002:808:808::1", "2003::1", "2606:4700::1111", "3ffe::1", "64:ff9b::808:808"}) {
    INFO(address);
    CHECK(allowed(address));
  }
}

TEST_CASE("loopback is allowed only where development asks for it, and nothing else with it") {
  for (const char* address : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    CHECK_FALSE(allowed(address));
    CHECK(allowed(address, true));
  }
  for (const char* address : {"10.0.0.1", "169.254.169.254", "0.0.0.0", "::", "fe80::1", "::127.0.0.1"}) {
    CHECK_FALSE(allowed(address, true));
  }
  CHECK(may_call(boost::asio::ip::make_address("10.0.0.1"), {.check = false}));
}

TEST_CASE("a URL is taken apart") {
  const auto url = parse_url("HTTPS://Hooks.Example.com:8443/a/b?c=d").value();
  CHECK(url.scheme == "https");
  CHECK(url.host == "hooks.example.com");
  CHECK(url.port == "8443");
  CHECK(url.target == "/a/b?c=d");
  CHECK(parse_url("http://a")->port == "80");
  CHECK(parse_url("https://a")->port == "443");
  CHECK(parse_url("http://a")->target == "/");
  CHECK(parse_url("http://a?b=c")->target == "/?b=c");
  CHECK(parse_url("http://[2001:DB8::1]:81/")->host == "2001:DB8::1");
  CHECK(parse_url("http://127.0.0.1:18085/callbacks")->host == "127.0.0.1");
  CHECK(parse_url("http://1.example/")->host == "1.example");
}

TEST_CASE("a URL that could be read in two ways is refused") {
  for (const char* text : {"",
                           "a",
                           "//a/",
                           "ftp://a/",
                           "javascript://a",
                           "http:/a",
                           "http://",
                           "http:///",
                           "http://:80/",
                           "http://a:/",
                           "http://a:0/",
                           "http://a:65536/",
                           "http://a:080/",
                           "http://a:+80/",
                           "http://a:80x/",
                           "http://user@a/",
                           "http://a@b/",
                           "http://user:p@a/",
                           "http://a#f",
                           "http://a/#f",
                           "http://a\\@b/",
                           "http://a/\\b",
                           "http://a b/",
                           "http://a/b c",
                           "http://a/\r\nX: y",
                           "http://a\t/",
                           " http://a/",
                           "http://a /",
                           "http://a/%zz",
                           "http://a/\xc3\xa9",
                           "http://\xc3\xa9.example/",
                           "http://a..b/",
                           "http://a./",
                           "http://.a/",
                           "http://-a/",
                           "http://a-/",
                           "http://a_b/",
                           "http://2130706433/",
                           "http://0x7f000001/",
                           "http://0177.0.0.1/",
                           "http://127.1/",
                           "http://127.0.0.01/",
                           "http://0x7f.0.0.1/",
                           "http://127.0.0.1./",
                           "http://a.0x7f/",
                           "http://1.2.3.4.5/",
                           "http://256.0.0.1/",
                           "http://a.1/",
                           "http://[::1/",
                           "http://[::1]x/",
                           "http://[fe80::1%25eth0]/",
                           "http://[fe80::1%eth0]/",
                           "http://[127.0.0.1]/",
                           "http://[]/",
                           "http://::1/",
                           "http://%31%32%37.0.0.1/",
                           "http://a%00/",
                           "http://*/"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text).has_value());
  }
  CHECK_FALSE(parse_url("http://a/" + std::string(3000, 'b')).has_value());
  CHECK_FALSE(parse_url(std::string("http://a\0b/", 11)).has_value());
}
