#include "tests/support/raw_connection.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "common/http/message.hpp"
#include "common/runtime/clock.hpp"

namespace acq::test {

RawConnection::RawConnection(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

RawConnection::RawConnection(RawConnection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), connected_(other.connected_), in_(std::move(other.in_)) {}

RawConnection::~RawConnection() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool RawConnection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

long RawConnection::read_some(std::string& into, std::int64_t until_ms) const {
  const auto left = until_ms - runtime::steady_ms();
  if (left <= 0) return errno = EAGAIN, -1;
  const timeval wait{static_cast<time_t>(left / 1000), static_cast<suseconds_t>(left % 1000 * 1000 + 1)};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  char bytes[4096];
  const auto count = ::recv(descriptor_, bytes, sizeof bytes, 0);
  if (count > 0) into.append(bytes, static_cast<std::size_t>(count));
  return count;
}

bool RawConnection::read_to_end(std::string& into, int within_ms) const {
  const auto until = runtime::steady_ms() + within_ms;
  while (true) {
    const auto count = read_some(into, until);
    if (count == 0) return true;
    if (count < 0) return errno == ECONNRESET;
  }
}

RawConnection::Answer RawConnection::read_answer(int within_ms) {
  const auto until = runtime::steady_ms() + within_ms;
  Answer answer;
  while (true) {
    if (const auto end = in_.find("\r\n\r\n"); end != std::string::npos) {
      answer.head = in_.substr(0, end + 2);
      const auto told = header_of(answer.head, "Content-Length");
      std::size_t length = 0;
      std::from_chars(told.data(), told.data() + told.size(), length);
      if (in_.size() >= end + 4 + length) {
        answer.body = in_.substr(end + 4, length);
        in_.erase(0, end + 4 + length);
        break;
      }
    }
    if (read_some(in_, until) <= 0) return {};
  }
  std::from_chars(answer.head.data() + 9, answer.head.data() + std::min<std::size_t>(12, answer.head.size()),
                  answer.status);
  answer.close = header_of(answer.head, "Connection") == "close";
  return answer;
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

}  // namespace acq::test
