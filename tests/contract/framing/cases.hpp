// The framing table: raw bytes as a client may send them, and what must be understood of them. The runner sends each on
// a connection of its own with one more request behind it, the canary, which is served exactly when nothing was
// refused.
#pragma once
#include <string>
#include <vector>

namespace acq::test {

struct FramingCase {
  std::string name;
  std::string bytes;
  std::vector<std::string> served{};  ///< what the handler gets, in order: "POST /a 5", with the length of the body
  int status = 0;                     ///< of the refusal that follows them; 0: nothing is refused
  std::string code{};
};

inline const std::string canary = "GET /canary HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
/// Stands in bodies and behind refused heads: nobody may ever serve it.
inline const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

inline FramingCase served(std::string name, std::string bytes, std::vector<std::string> what) {
  return {std::move(name), std::move(bytes), std::move(what)};
}
inline FramingCase refused(std::string name, std::string bytes, int status = 400, std::string code = "bad_framing",
                           std::vector<std::string> before = {}) {
  return {std::move(name), std::move(bytes), std::move(before), status, std::move(code)};
}
/// A GET with these header lines behind its Host.
inline std::string get_with(const std::string& lines) {
  return "GET /a HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n";
}
/// A POST with these header lines behind its Host, and what follows the head.
inline std::string post_with(const std::string& lines, const std::string& body) {
  return "POST /a HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n" + body;
}

using FramingCases = std::vector<FramingCase>;
FramingCases request_line_cases();
FramingCases length_cases();
FramingCases transfer_coding_cases();
FramingCases header_line_cases();
FramingCases single_header_cases();
FramingCases host_cases();
FramingCases limit_cases();
FramingCases pipelining_cases();
/// All of them.
FramingCases framing_cases();

}  // namespace acq::test
