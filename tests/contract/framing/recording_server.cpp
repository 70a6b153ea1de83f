// The product's server as the table meets it, and a client that sends what no client library would.
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <charconv>

#include "tests/contract/framing/runner.hpp"
#include "tests/support/raw_connection.hpp"

namespace acq::test {
namespace {

constexpr std::string_view mark_header = "X-Proxy-Mark";

http::ServerOptions quick() {
  http::ServerOptions options;
  options.header_timeout_ms = options.body_timeout_ms = 500;
  options.idle_timeout_ms = 5'000;
  return options;
}

http::Response refusal(Errc code, std::string_view) {
  return {.status = http_status(code), .body = std::string(name_of(code))};
}

/// Cuts whole answers off the front of `bytes`.
std::vector<RawAnswer> cut_answers(std::string_view bytes) {
  std::vector<RawAnswer> answers;
  while (bytes.starts_with("HTTP/1.")) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) break;
    const auto head = bytes.substr(0, end);
    RawAnswer answer;
    std::from_chars(head.data() + 9, head.data() + std::min<std::size_t>(12, head.size()), answer.status);
    answer.mark = header_of(head, mark_header);
    const auto told = header_of(head, "Content-Length");
    std::size_t length = 0;
    std::from_chars(told.data(), told.data() + told.size(), length);
    bytes.remove_prefix(end + 4);
    if (answer.status == 100) continue;
    // Bodies of answers to HEAD are not sent; what follows is then the next answer.
    const bool absent = bytes.substr(0, 7) == "HTTP/1." && length != 0;
    if (answer.status != 200) answer.code = bytes.substr(0, length);
    if (!absent) bytes.remove_prefix(std::min(bytes.size(), length));
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace

RecordingServer::RecordingServer()
    : server_(
          context_, quick(), [this](const http::Request& request) { return note(request); }, refusal),
      thread_([this] { context_.run(); }) {}

RecordingServer::~RecordingServer() {
  context_.stop();
  thread_.join();
}

boost::asio::awaitable<http::Response> RecordingServer::note(const http::Request& request) {
  Asked asked;
  asked.what =
      std::string(request.method) + ' ' + std::string(request.target) + ' ' + std::to_string(request.body.size());
  for (const auto& header : request.headers) {
    if (!http::same_header(header.name, mark_header)) continue;
    asked.mark = header.value;
    ++asked.marks;
  }
  http::Response response;
  response.body = "ok";
  if (!asked.mark.empty()) response.headers.emplace_back("X-Seen-Mark", asked.mark);
  {
    const std::lock_guard guard(lock_);
    asked_.push_back(std::move(asked));
  }
  co_return response;
}

std::vector<RecordingServer::Asked> RecordingServer::take() {
  const std::lock_guard guard(lock_);
  return std::exchange(asked_, {});
}

bool can_connect(std::uint16_t port) {
  return RawConnection(port).connected();
}

Conversation talk(std::uint16_t port, const std::string& bytes, int within_ms) {
  const RawConnection socket(port);
  REQUIRE(socket.connected());
  socket.send(bytes);
  Conversation heard;
  heard.closed = socket.read_to_end(heard.raw, within_ms);
  heard.answers = cut_answers(heard.raw);
  return heard;
}

}  // namespace acq::test
