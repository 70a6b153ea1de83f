#include "common/http/head_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/verb.hpp>

#include "common/limits.hpp"

namespace acq::http {
namespace {

namespace beast = boost::beast;

std::string_view std_view(beast::string_view text) {
  return {text.data(), text.size()};
}

/// Only the callbacks of a head do anything: `put` stops behind it.
class HeadParser : public beast::http::basic_parser<true> {
 public:
  explicit HeadParser(Request& request) : request_(request) {
    header_limit(static_cast<std::uint32_t>(limits::head_bytes_max));
  }

 private:
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int,
                       beast::error_code&) override {
    request_.method = std_view(method);
    request_.target = std_view(target);
  }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     beast::error_code&) override {
    request_.headers.push_back({std_view(name), std_view(value)});
  }
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, beast::error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, beast::error_code&) override {
    return body.size();
  }
  void on_finish_impl(beast::error_code&) override {}

  Request& request_;
};

}  // namespace

bool parse_head(std::string_view head, std::size_t content_length, Request& request) {
  request.headers.clear();
  HeadParser parser(request);
  parser.body_limit(boost::none);
  beast::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(head.data(), head.size()), error);
  const bool agreed = !error && parser.is_header_done() && used == head.size() && !parser.chunked() &&
                      parser.content_length().value_or(0) == content_length;
  const auto mark = request.target.find('?');
  request.has_query = mark != std::string_view::npos;
  request.path = request.target.substr(0, mark);
  request.query = request.has_query ? request.target.substr(mark + 1) : std::string_view();
  return agreed;
}

}  // namespace acq::http
