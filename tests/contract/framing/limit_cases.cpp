// The bounds of a head, each met exactly and passed by one; and requests that never come to an end.
#include "common/limits.hpp"
#include "tests/contract/framing/cases.hpp"

namespace acq::test {
namespace {

std::string many_headers(std::size_t count) {
  std::string lines;
  for (std::size_t i = 0; i < count; ++i) lines += "X-" + std::to_string(i) + ": b\r\n";
  return lines;
}

/// A GET whose head has exactly this many bytes.
std::string head_of(std::size_t bytes) {
  const std::string bare = get_with("X-A: \r\n");
  return get_with("X-A: " + std::string(bytes - bare.size(), 'b') + "\r\n");
}

std::string target_of(std::size_t bytes) {
  return "/" + std::string(bytes - 1, 't');
}
std::string get_target(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

}  // namespace

FramingCases limit_cases() {
  using namespace limits;
  return {
      served("a method of 16 letters", std::string(16, 'A') + " /a HTTP/1.1\r\nHost: x\r\n\r\n",
             {std::string(16, 'A') + " /a 0"}),
      served("a target of 2048 bytes", get_target(target_of(target_bytes_max)),
             {"GET " + target_of(target_bytes_max) + " 0"}),
      refused("a target of 2049 bytes", get_target(target_of(target_bytes_max + 1)), 414, "uri_too_long"),
      refused("a target that does not end", "GET " + target_of(head_bytes_max), 414, "uri_too_long"),
      served("64 headers", get_with(many_headers(headers_max - 1)), {"GET /a 0"}),
      refused("65 headers", get_with(many_headers(headers_max)), 431, "headers_too_large"),
      refused("500 headers", get_with(many_headers(500)), 431, "headers_too_large"),
      served("a head of 8 KiB", head_of(head_bytes_max), {"GET /a 0"}),
      refused("a head of 8 KiB and a byte", head_of(head_bytes_max + 1), 431, "headers_too_large"),
      refused("a head of 100 KiB", head_of(100 * 1024), 431, "headers_too_large"),
      refused("a header name of 9,000 bytes", get_with(std::string(9'000, 'n') + ": b\r\n"), 431, "headers_too_large"),
      refused("a method that does not end", std::string(9'000, 'M'), 414, "uri_too_long"),
  };
}

FramingCases pipelining_cases() {
  const std::string good = get_with("");
  const std::string bad = get_with("Transfer-Encoding: chunked\r\n");
  const std::string post = post_with("Content-Length: 5\r\n", "hello");
  std::string twenty;
  std::vector<std::string> twenty_served;
  for (int i = 0; i < 20; ++i) {
    twenty += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    twenty_served.push_back("GET /" + std::to_string(i) + " 0");
  }
  return {
      served("two at once", good + good, {"GET /a 0", "GET /a 0"}),
      served("a body between two", good + post + good, {"GET /a 0", "POST /a 5", "GET /a 0"}),
      served("twenty at once", twenty, twenty_served),
      refused("a bad one behind a good one", good + bad + smuggled, 400, "bad_framing", {"GET /a 0"}),
      refused("a bad one behind a body", post + bad + smuggled, 400, "bad_framing", {"POST /a 5"}),
      refused("good ones behind a bad one", bad + smuggled + smuggled),
      refused("a bad one behind twenty", twenty + bad + smuggled, 400, "bad_framing", twenty_served),
      refused("an empty line between two", good + "\r\n" + smuggled, 400, "bad_framing", {"GET /a 0"}),
      refused("an empty line behind a body", post + "\r\n" + smuggled, 400, "bad_framing", {"POST /a 5"}),
      refused("a NUL between two", good + std::string(1, '\0') + smuggled, 400, "bad_framing", {"GET /a 0"}),
  };
}

FramingCases framing_cases() {
  FramingCases all;
  for (const auto chapter : {request_line_cases, length_cases, transfer_coding_cases, header_line_cases,
                             single_header_cases, host_cases, limit_cases, pipelining_cases}) {
    for (auto& one : chapter()) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace acq::test
