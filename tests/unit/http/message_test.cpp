// Small pieces of messages: names, queries, dates, and an answer as bytes.
#include "common/http/message.hpp"

#include <catch2/catch.hpp>

#include "common/http/answer_text.hpp"

using namespace acq::http;

TEST_CASE("header names are compared without regard to ASCII case") {
  CHECK(same_header("Content-Type", "content-TYPE"));
  CHECK_FALSE(same_header("Content-Type", "Content-Typ"));
  CHECK_FALSE(same_header("a[", "a{"));
}

TEST_CASE("query values are decoded as forms are") {
  const std::string query = "a=1&merchant_order_id=A%2d1&b=x+y%2B&empty=&flag&a=2&%6eame=v";
  CHECK(query_value(query, "a") == "1");
  CHECK(query_value(query, "merchant_order_id") == "A-1");
  CHECK(query_value(query, "b") == "x y+");
  CHECK(query_value(query, "name") == "v");
  CHECK(query_value(query, "empty").empty());
  CHECK(query_value(query, "flag").empty());
  CHECK(query_value(query, "absent").empty());
  CHECK(query_value("", "a").empty());
  CHECK(query_value("&&=&a=b", "a") == "b");
  CHECK(percent_decode("%E4%bd%A0+%zz%4") == "\xe4\xbd\xa0+%zz%4");
}

TEST_CASE("an answer is one buffer with its length told") {
  Response response{.status = 202, .body = "{}", .headers = {{"Retry-After", "1"}}};
  std::string out = "what was there";
  write_answer(out, response, {.date = http_date(784'111'777), .request_id = "req_1", .close = true});
  CHECK(out ==
        "HTTP/1.1 202 Accepted\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\n"
        "Content-Length: 2\r\nRequest-Id: req_1\r\nRetry-After: 1\r\nConnection: close\r\n\r\n{}");
}

TEST_CASE("an answer without content tells no type, and HEAD gets lengths only") {
  std::string out;
  write_answer(out, {.status = 204}, {.date = "D", .request_id = "r"});
  CHECK(out == "HTTP/1.1 204 No Content\r\nDate: D\r\nRequest-Id: r\r\n\r\n");
  write_answer(out, {.status = 200, .body = "{}"}, {.date = "D", .request_id = "r", .head_only = true});
  CHECK(out ==
        "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 2\r\nRequest-Id: r\r\n\r\n");
}

TEST_CASE("a header value cannot end its line") {
  std::string out;
  write_answer(out, {.status = 200, .headers = {{"Location", "/a\r\nSet-Cookie: b"}}},
               {.date = "D", .request_id = "r"});
  CHECK_THAT(out, Catch::Contains("Location: /a  Set-Cookie: b\r\n\r\n"));
}
