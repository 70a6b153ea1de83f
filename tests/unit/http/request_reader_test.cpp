// A request is taken from the bytes at any cut, with what follows it left for the next one.
#include "common/http/request_reader.hpp"

#include <catch2/catch.hpp>

#include "common/limits.hpp"

using namespace acq;
using namespace acq::http;

namespace {
const std::string post =
    "POST /v1/payments?x=1 HTTP/1.1\r\nHost: x\r\nX-Long: \t padded value \r\nContent-Length: 7\r\n\r\n{\"a\":1}";
}

TEST_CASE("a request is ready at its last byte and not before") {
  for (std::size_t cut = 0; cut < post.size(); ++cut) {
    RequestReader reader(1024);
    Request request;
    CHECK(reader.advance(std::string_view(post).substr(0, cut), request) == ReadStep::need_more);
    CHECK(reader.wanted() >= cut);
    CHECK(reader.advance(post, request) == ReadStep::ready);
    CHECK(request.body == "{\"a\":1}");
  }
}

TEST_CASE("the request is views into the bytes, and pipelined bytes stay behind it") {
  const std::string bytes = post + "GET / HTTP/1.1\r\n";
  RequestReader reader(1024);
  Request request;
  REQUIRE(reader.advance(bytes, request) == ReadStep::ready);
  CHECK(reader.consumed() == post.size());
  CHECK(request.method == "POST");
  CHECK(request.target == "/v1/payments?x=1");
  CHECK(request.path == "/v1/payments");
  CHECK(request.query == "x=1");
  CHECK(request.has_query);
  REQUIRE(request.headers.size() == 3);
  CHECK(*request.find("x-long") == "padded value");
  CHECK(request.find("absent") == nullptr);
  CHECK(request.headers[0].name.data() == bytes.data() + post.find("Host"));
}

TEST_CASE("a client that expects it is told to continue once, and only while it waits") {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
  RequestReader reader(1024);
  Request request;
  CHECK(reader.advance(head, request) == ReadStep::say_continue);
  CHECK(reader.advance(head, request) == ReadStep::need_more);
  CHECK(reader.advance(head + "{}", request) == ReadStep::ready);
  RequestReader eager(1024);
  CHECK(eager.advance(head + "{", request) == ReadStep::need_more);
}

TEST_CASE("a request is refused as soon as it can be") {
  const auto refusal = [](const std::string& bytes) {
    RequestReader reader(4);
    Request request;
    CHECK(reader.advance(bytes, request) == ReadStep::refused);
    return name_of(reader.refusal());
  };
  CHECK(refusal("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n") == "body_too_large");
  CHECK(refusal("GET / HTTP/1.1\nHost: x\n\n") == "bad_framing");
  CHECK(refusal(std::string(limits::head_bytes_max, 'A')) == "uri_too_long");
  CHECK(refusal("GET / HTTP/1.1\r\nX: " + std::string(limits::head_bytes_max, 'a')) == "headers_too_large");
}
