#include "loadtest/bench/load_client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <deque>
#include <stdexcept>
#include <utility>

namespace acq::bench {
namespace {

constexpr std::int64_t silence_ns_max = 10'000'000'000;

std::int64_t clock_ns(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

/// The length of a whole answer at the front of `bytes`, 0 when it is not there yet; its status.
std::size_t answer_length(std::string_view bytes, int& status) {
  constexpr std::string_view length_name = "Content-Length: ";
  constexpr std::size_t status_at = 9;  // behind "HTTP/1.1 "
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return 0;
  if (head_end < status_at + 3) throw std::runtime_error("an answer without a status line");
  std::from_chars(bytes.data() + status_at, bytes.data() + status_at + 3, status);
  const auto length_at = bytes.substr(0, head_end).find(length_name);
  std::size_t body = 0;
  if (length_at != std::string_view::npos) {
    std::from_chars(bytes.data() + length_at + length_name.size(), bytes.data() + head_end, body);
  }
  const auto whole = head_end + 4 + body;
  return bytes.size() < whole ? 0 : whole;
}

}  // namespace

struct LoadClient::Line {
  int socket = -1;
  bool waits = false;
  std::int64_t planned_ns = 0;
  std::size_t received = 0;
  std::array<char, 4096> in{};
};

double LoadFigures::latency_ms(double quantile) const {
  if (latencies_us.empty()) return -1;
  auto sorted = latencies_us;
  const auto at = std::min(sorted.size() - 1, static_cast<std::size_t>(quantile * static_cast<double>(sorted.size())));
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(at), sorted.end());
  return sorted[at] / 1000.0;
}

LoadClient::LoadClient(std::uint16_t port, std::size_t connections) : port_(port), lines_(connections) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  for (auto& line : lines_) open(line);
}

LoadClient::~LoadClient() {
  for (auto& line : lines_) {
    if (line.socket >= 0) ::close(line.socket);
  }
  ::close(epoll_);
}

void LoadClient::open(Line& line) {
  line.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int yes = 1;
  ::setsockopt(line.socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (::connect(line.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect to port " + std::to_string(port_) + ": " + std::strerror(errno));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &line;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, line.socket, &event);
}

void LoadClient::send(Line& line, std::size_t number, std::int64_t planned_ns) {
  const auto& bytes = requests_[number];
  line.waits = true;
  line.planned_ns = planned_ns;
  ++figures_.sent;
  // A request is smaller than a socket's buffer, and the line is idle: it is taken whole or the line is gone.
  const auto count = ::send(line.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count != static_cast<ssize_t>(bytes.size())) answered(line, 0);
}

void LoadClient::answered(Line& line, int status) {
  line.waits = false;
  ++done_;
  ++figures_.statuses[status];
  const auto us = (clock_ns(CLOCK_MONOTONIC) - line.planned_ns) / 1000;
  figures_.latencies_us.push_back(static_cast<std::uint32_t>(us));
}

bool LoadClient::receive(Line& line) {
  const auto count = ::recv(line.socket, line.in.data() + line.received, line.in.size() - line.received, MSG_DONTWAIT);
  if (count <= 0) {
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    ::close(line.socket);
    line.socket = -1;
    line.received = 0;
    if (line.waits) answered(line, 0);
    open(line);
    return true;
  }
  line.received += static_cast<std::size_t>(count);
  int status = 0;
  const auto length = answer_length({line.in.data(), line.received}, status);
  if (length == 0) return false;
  line.received -= length;
  if (line.received != 0) throw std::runtime_error("an answer that nobody asked for");
  if (!figures_.examples.contains(status)) figures_.examples[status].assign(line.in.data(), length);
  answered(line, status);
  return true;
}

LoadFigures LoadClient::run(std::span<const std::string> requests, double per_second) {
  requests_ = requests;
  figures_ = {};
  figures_.latencies_us.reserve(requests.size());
  done_ = 0;
  std::size_t next = 0;
  std::deque<Line*> free;  // used in turn, so that an open loop uses every line
  for (auto& line : lines_) free.push_back(&line);
  const auto cpu_before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  const auto began = clock_ns(CLOCK_MONOTONIC);
  const auto planned = [&](std::size_t number) {
    return began + static_cast<std::int64_t>(static_cast<double>(number) * 1e9 / per_second);
  };
  std::array<epoll_event, 256> events{};
  auto heard = began;
  while (done_ < requests.size()) {
    auto now = clock_ns(CLOCK_MONOTONIC);
    bool waited_for_line = false;
    while (next < requests.size()) {
      if (per_second > 0 && planned(next) > now) break;
      if (free.empty()) {
        waited_for_line = true;
        break;
      }
      Line* const line = free.front();
      free.pop_front();
      const auto due = per_second > 0 ? planned(next) : now;
      if (per_second > 0 && now - due > 1'000'000) ++figures_.late;
      send(*line, next++, due);
      if (!line->waits) free.push_back(line);
    }
    timespec wait{1, 0};
    if (per_second > 0 && next < requests.size() && !waited_for_line) {
      const auto left = std::max<std::int64_t>(0, planned(next) - clock_ns(CLOCK_MONOTONIC));
      wait = {left / 1'000'000'000, left % 1'000'000'000};
    }
    const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
    now = clock_ns(CLOCK_MONOTONIC);
    if (count > 0) heard = now;
    if (now - heard > silence_ns_max) throw std::runtime_error("no answer for ten seconds");
    for (int i = 0; i < count; ++i) {
      auto* const line = static_cast<Line*>(events[static_cast<std::size_t>(i)].data.ptr);
      const bool waited = line->waits;
      if (receive(*line) && waited) free.push_back(line);
    }
  }
  figures_.seconds = static_cast<double>(clock_ns(CLOCK_MONOTONIC) - began) / 1e9;
  figures_.own_cpu_s = static_cast<double>(clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_before) / 1e9;
  return std::exchange(figures_, {});
}

std::size_t LoadClient::still_open() const {
  std::size_t count = 0;
  for (const auto& line : lines_) {
    char byte = 0;
    const auto peeked = ::recv(line.socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (peeked < 0 && errno == EAGAIN) ++count;
  }
  return count;
}

}  // namespace acq::bench
