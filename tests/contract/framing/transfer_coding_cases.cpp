// Transfer-Encoding in every spelling that some reader takes for it: refused, whatever it says. Bodies here hold a
// whole request where one reader would see the body's end, so that whoever is fooled serves it.
#include "tests/contract/framing/cases.hpp"

namespace acq::test {

FramingCases transfer_coding_cases() {
  const std::string chunks = "0\r\n\r\n" + smuggled;
  const std::string whole = "5\r\nhello\r\n0\r\n\r\n";
  const std::string length = "Content-Length: " + std::to_string(chunks.size()) + "\r\n";
  FramingCases cases{
      served("TE is a wish, not a coding", get_with("TE: trailers\r\n"), {"GET /a 0"}),
      served("a Trailer without chunks means nothing", get_with("Trailer: Expires\r\n"), {"GET /a 0"}),
      served("a name that only contains it", get_with("X-Transfer-Encoding: chunked\r\n"), {"GET /a 0"}),
      served("Content-Encoding is the body's own affair",
             post_with("Content-Encoding: gzip\r\nContent-Length: 5\r\n", "hello"), {"POST /a 5"}),
      refused("chunked", post_with("Transfer-Encoding: chunked\r\n", whole)),
      refused("chunked with an extension", post_with("Transfer-Encoding: chunked\r\n", "5;a=b\r\nhello\r\n0\r\n\r\n")),
      refused("chunked with a trailer", post_with("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 9\r\n\r\n")),
      refused("chunked with bare LFs", post_with("Transfer-Encoding: chunked\r\n", "5\nhello\n0\n\n")),
      refused("chunked with a signed size", post_with("Transfer-Encoding: chunked\r\n", "+5\r\nhello\r\n0\r\n\r\n")),
      refused("chunked with a size of 2^64", post_with("Transfer-Encoding: chunked\r\n", "10000000000000000\r\n")),
      refused("chunked on a GET", get_with("Transfer-Encoding: chunked\r\n") + chunks),
      refused("chunked in HTTP/1.0", "POST /a HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks),
      refused("chunked, then a length", post_with("Transfer-Encoding: chunked\r\n" + length, chunks)),
      refused("gzip, then a length", post_with("Transfer-Encoding: gzip\r\n" + length, chunks)),
      refused("a length, then chunked", post_with(length + "Transfer-Encoding: chunked\r\n", chunks)),
      refused("chunked between two lengths",
              post_with("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n" + length, chunks)),
      refused("two of them", post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", whole)),
      refused("two that differ",
              post_with(length + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", chunks)),
      refused("chunked under a name with a space", post_with(length + "Transfer-Encoding : chunked\r\n", chunks)),
      refused("chunked under a name with a tab", post_with(length + "Transfer-Encoding\t: chunked\r\n", chunks)),
      refused("chunked on a folded line", post_with(length + "Transfer-Encoding:\r\n chunked\r\n", chunks)),
      refused("chunked on a line that folds another",
              post_with(length + "X-A: b\r\n Transfer-Encoding: chunked\r\n", chunks)),
      refused("chunked behind a bare LF", post_with(length + "X-A: b\nTransfer-Encoding: chunked\r\n", chunks)),
      refused("chunked behind a bare CR", post_with(length + "X-A: b\rTransfer-Encoding: chunked\r\n", chunks)),
      refused("chunked behind a NUL",
              post_with(length + std::string("X-A: b\0Transfer-Encoding: chunked\r\n", 35), chunks)),
      refused("chunked under a name with an underscore", post_with(length + "Transfer_Encoding: chunked\r\n", chunks)),
      refused("chunked under a name behind a NUL",
              post_with(length + std::string("\0Transfer-Encoding: chunked\r\n", 29), chunks)),
      refused("chunked under a name with a byte over 127",
              post_with(length + "Transfer-Encoding\xa0: chunked\r\n", chunks)),
  };
  for (const std::string value : {"identity",
                                  "gzip",
                                  "deflate",
                                  "gzip, chunked",
                                  "chunked, gzip",
                                  "chunked, chunked",
                                  "chunked, identity",
                                  "xchunked",
                                  "chunkedx",
                                  "CHUNKED",
                                  "cHuNkEd",
                                  " chunked",
                                  "\tchunked",
                                  "chunked ",
                                  "\"chunked\"",
                                  "'chunked'",
                                  "chunked;q=1",
                                  "chunked;",
                                  ",chunked",
                                  "chunked,",
                                  "",
                                  " ",
                                  "nul\x01",
                                  "\x0b"
                                  "chunked",
                                  "chunked\x0c",
                                  "chu\xc5\x84ked",
                                  "\xef\xbb\xbf"
                                  "chunked"}) {
    cases.push_back(refused("a length beside \"" + value + "\"",
                            post_with(length + "Transfer-Encoding: " + value + "\r\n", chunks)));
  }
  return cases;
}

}  // namespace acq::test
