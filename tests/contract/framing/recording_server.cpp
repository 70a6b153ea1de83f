// The product's server as the table meets it, and a client that sends what no client library would.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <charconv>

#include "common/runtime/clock.hpp"
#include "tests/contract/framing/runner.hpp"

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

std::string header_of(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const auto line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(head.size(), line.size() + 2));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !http::same_header(line.substr(0, colon), name)) continue;
    const auto value = line.substr(colon + 1);
    return std::string(value.substr(std::min(value.size(), value.find_first_not_of(' '))));
  }
  return {};
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

class Socket {
 public:
  explicit Socket(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  bool connected() const noexcept { return connected_; }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(descriptor_); }

  /// False when the other side has closed before it had read everything.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  /// Appends what comes; true at the end of it.
  bool read_to_end(std::string& into, int within_ms) const {
    const auto until = runtime::steady_ms() + within_ms;
    char bytes[4096];
    while (true) {
      const auto left = until - runtime::steady_ms();
      if (left <= 0) return false;
      const timeval wait{static_cast<time_t>(left / 1000), static_cast<suseconds_t>(left % 1000 * 1000 + 1)};
      ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
      const auto count = ::recv(descriptor_, bytes, sizeof bytes, 0);
      if (count == 0) return true;
      if (count < 0) return errno == ECONNRESET;
      into.append(bytes, static_cast<std::size_t>(count));
    }
  }

 private:
  int descriptor_;
  bool connected_ = false;
};

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
  return Socket(port).connected();
}

Conversation talk(std::uint16_t port, const std::string& bytes, int within_ms) {
  const Socket socket(port);
  REQUIRE(socket.connected());
  socket.send(bytes);
  Conversation heard;
  heard.closed = socket.read_to_end(heard.raw, within_ms);
  heard.answers = cut_answers(heard.raw);
  return heard;
}

}  // namespace acq::test
