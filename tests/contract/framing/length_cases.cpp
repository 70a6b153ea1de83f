// Content-Length: once, digits, and exactly what the body has.
#include "tests/contract/framing/cases.hpp"

namespace acq::test {

FramingCases length_cases() {
  const auto length = [](const std::string& value, const std::string& body = "hello") {
    return post_with("Content-Length:" + value + "\r\n", body);
  };
  return {
      served("a body", length(" 5"), {"POST /a 5"}),
      served("no space before the value", length("5"), {"POST /a 5"}),
      served("space around the value", length(" \t 5 \t "), {"POST /a 5"}),
      served("an empty body", length(" 0", ""), {"POST /a 0"}),
      served("a name in another case", post_with("cOnTeNt-LeNgTh: 5\r\n", "hello"), {"POST /a 5"}),
      served("a request in the body", length(" " + std::to_string(smuggled.size()), smuggled),
             {"POST /a " + std::to_string(smuggled.size())}),
      served("a GET with a body", get_with("Content-Length: 5\r\n") + "hello", {"GET /a 5"}),
      served("a GET with an empty body", get_with("Content-Length: 0\r\n"), {"GET /a 0"}),
      served("a DELETE with a body", "DELETE /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", {"DELETE /a 2"}),
      served("a body of CR and LF", length(" 4", "\r\n\r\n"), {"POST /a 4"}),
      served("a body with NULs", length(" 3", std::string("\0\0\0", 3)), {"POST /a 3"}),
      served("a length of 16 KiB", length(" 16384", std::string(16384, 'b')), {"POST /a 16384"}),
      refused("a body that is longer than told", length(" 2", "hi") + "\x01more", 400, "bad_framing", {"POST /a 2"}),
      refused("a POST without a length", post_with("", smuggled), 411, "length_required"),
      refused("a PUT without a length", "PUT /a HTTP/1.1\r\nHost: x\r\n\r\n" + smuggled, 411, "length_required"),
      refused("a PATCH without a length", "PATCH /a HTTP/1.1\r\nHost: x\r\n\r\n" + smuggled, 411, "length_required"),
      refused("a length over 16 KiB", length(" 16385", smuggled), 413, "body_too_large"),
      refused("a length of 2^31", length(" 2147483648", smuggled), 413, "body_too_large"),
      refused("a length of 2^32 + 5", length(" 4294967301", smuggled), 413, "body_too_large"),
      refused("a length of 2^63", length(" 9223372036854775808", smuggled), 413, "body_too_large"),
      refused("a length of 2^64 + 5", length(" 18446744073709551621", smuggled), 413, "body_too_large"),
      refused("a length of 40 digits", length(" " + std::string(40, '9'), smuggled), 413, "body_too_large"),
      refused("two lengths that differ", post_with("Content-Length: 5\r\nContent-Length: 0\r\n", "hello")),
      refused("two lengths, the longer one last", post_with("Content-Length: 0\r\nContent-Length: 5\r\n", smuggled)),
      refused("two equal lengths", post_with("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")),
      refused("two lengths in different case", post_with("Content-Length: 5\r\ncontent-length: 5\r\n", "hello")),
      refused("two lengths apart", post_with("Content-Length: 5\r\nX-A: b\r\nContent-Length: 6\r\n", "hello")),
      refused("a list of equal lengths", length(" 5, 5")),
      refused("a list of different lengths", length(" 5, 6")),
      refused("a list that ends early", length(" 5,")),
      refused("an empty length", length("")),
      refused("a length of spaces", length("  ")),
      refused("a negative length", length(" -5")),
      refused("a negative zero", length(" -0", "")),
      refused("a length with a plus", length(" +5")),
      refused("a hexadecimal length", length(" 0x5")),
      refused("a length with a fraction", length(" 5.0")),
      refused("a length with an exponent", length(" 5e0")),
      refused("a length with a leading zero", length(" 05")),
      refused("zero written twice", length(" 00", "")),
      refused("an octal length", length(" 010", "12345678")),
      refused("a length with a space in it", length(" 1 0", "0123456789")),
      refused("a length with an underscore", length(" 1_0", "0123456789")),
      refused("a length with a separator", length(" 1'0", "0123456789")),
      refused("a length in quotes", length(" \"5\"")),
      refused("a length with a parameter", length(" 5;a=b")),
      refused("a length with a comment", length(" 5 (five)")),
      refused("a length in full-width digits", length(" \xef\xbc\x95")),
      refused("a length in Arabic digits", length(" \xd9\xa5")),
      refused("a length with a NUL", post_with(std::string("Content-Length: 5\0\r\n", 20), "hello")),
      refused("a length behind a NUL", post_with(std::string("Content-Length: \0005\r\n", 20), "hello")),
      refused("a length with a vertical tab", length(" \x0b"
                                                     "5")),
      refused("a length with a form feed", length(" 5\x0c")),
      refused("a length with a no-break space", length(" 5\xc2\xa0")),
      refused("a length in words", length(" five")),
      refused("a length with an underscore in its name", post_with("Content_Length: 5\r\n", "hello")),
      refused("a length with a space in its name", post_with("Content-Length : 5\r\n", "hello")),
      refused("a length with a tab behind its name", post_with("Content-Length\t: 5\r\n", "hello")),
      refused("a length with a space before its name", post_with(" Content-Length: 5\r\n", "hello")),
      refused("a length whose name is cut by a NUL", post_with(std::string("Content-Length\0: 5\r\n", 20), "hello")),
      refused("a length that Connection would have dropped",
              post_with("Connection: Content-Length\r\nContent-Length: 5\r\n", "hello")),
  };
}

}  // namespace acq::test
