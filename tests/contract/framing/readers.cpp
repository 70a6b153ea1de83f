// Readers without a socket: ours in pieces, and the library's alone.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "common/error/errc.hpp"
#include "common/http/request_reader.hpp"
#include "common/limits.hpp"
#include "tests/contract/framing/runner.hpp"

namespace acq::test {
namespace {

bool says_close(const http::Request& request) {
  const auto* value = request.find("Connection");
  return value != nullptr && http::same_header(*value, "close");
}

}  // namespace

Understood read_in_pieces(const std::string& bytes, std::size_t piece) {
  Understood got;
  std::string_view left = bytes;
  while (!got.closed && !left.empty()) {
    http::RequestReader reader(limits::body_bytes_max);
    http::Request request;
    auto step = http::ReadStep::need_more;
    std::size_t shown = 0;
    while (step != http::ReadStep::ready && step != http::ReadStep::refused && shown < left.size()) {
      shown = std::min(left.size(), shown + piece);
      step = reader.advance(left.substr(0, shown), request);
    }
    if (step == http::ReadStep::ready) {
      got.served.push_back(std::string(request.method) + ' ' + std::string(request.target) + ' ' +
                           std::to_string(request.body.size()));
      got.statuses.push_back(200);
      got.closed = says_close(request);
      left.remove_prefix(reader.consumed());
    } else {
      const auto code = step == http::ReadStep::refused ? reader.refusal() : Errc::request_timeout;
      got.statuses.push_back(http_status(code));
      got.code = name_of(code);
      got.closed = true;
    }
  }
  return got;
}

Understood read_by_beast(const std::string& bytes) {
  namespace beast_http = boost::beast::http;
  Understood got;
  std::string_view left = bytes;
  while (!got.closed && !left.empty()) {
    beast_http::request_parser<beast_http::string_body> parser;
    parser.eager(true);
    boost::beast::error_code error;
    const auto used = parser.put(boost::asio::buffer(left.data(), left.size()), error);
    if (error || !parser.is_done()) {
      got.statuses.push_back(400);
      got.code = name_of(Errc::bad_framing);
      got.closed = true;
      break;
    }
    const auto& request = parser.get();
    got.served.push_back(std::string(request.method_string()) + ' ' + std::string(request.target()) + ' ' +
                         std::to_string(request.body().size()));
    got.statuses.push_back(200);
    got.closed = !request.keep_alive();
    left.remove_prefix(used);
  }
  return got;
}

}  // namespace acq::test
