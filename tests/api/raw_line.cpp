#include "tests/api/raw_line.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

namespace acq::test {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;
constexpr int answer_ms = 10'000;

bool readable(int socket, int within_ms) {
  pollfd entry{socket, POLLIN, 0};
  return ::poll(&entry, 1, within_ms) == 1;
}

std::string_view behind(std::string_view text, std::string_view mark) {
  const auto at = text.find(mark);
  return at == std::string_view::npos ? std::string_view{} : text.substr(at + mark.size());
}

}  // namespace

RawLine::RawLine(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawLine::~RawLine() {
  ::close(socket_);
}

void RawLine::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), std::min(bytes.size(), piece_bytes), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
    // A refusal may come before the whole request is sent; what is sent behind it would be reset.
    if (bytes.size() > piece_bytes && readable(socket_, 0)) return;
  }
}

void RawLine::shut() {
  ::shutdown(socket_, SHUT_WR);
}

bool RawLine::fill() {
  if (!readable(socket_, answer_ms)) return false;
  char buffer[piece_bytes];
  const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
  if (count <= 0) return false;
  in_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

RawAnswer RawLine::answer() {
  RawAnswer answer;
  std::size_t head_end = 0;
  while ((head_end = in_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return answer;
  }
  const std::string_view head = std::string_view(in_).substr(0, head_end);
  const auto length = std::strtoul(behind(head, "Content-Length: ").data(), nullptr, 10);
  const int status = std::atoi(behind(head, "HTTP/1.1 ").data());
  while (in_.size() < head_end + 4 + length) {
    if (!fill()) return answer;
  }
  answer.status = status;
  answer.body = in_.substr(head_end + 4, length);
  const auto code = behind(answer.body, R"("code":")");
  // In a problem with faults the first "code" is the problem's own: it comes before "errors".
  answer.code = code.substr(0, code.find('"'));
  in_.erase(0, head_end + 4 + length);
  return answer;
}

}  // namespace acq::test
