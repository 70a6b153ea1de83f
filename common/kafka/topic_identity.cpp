#include "common/kafka/topic_identity.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace acq::kafka {
namespace {

constexpr std::int16_t metadata_key = 3;
constexpr std::int16_t metadata_version = 12;
constexpr std::size_t answer_bytes_max = 4 * 1024 * 1024;

template <class Integer>
void put(std::string& out, Integer number) {
  for (int shift = static_cast<int>(sizeof(Integer)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((number >> shift) & 0xFF));
  }
}

void put_varint(std::string& out, std::uint32_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<char>((number & 0x7F) | 0x80));
  out.push_back(static_cast<char>(number));
}

/// Reads forward and remembers whether the bytes ran out.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool failed() const { return failed_; }

  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) {
      failed_ = true;
      bytes_ = {};
      return {};
    }
    const auto piece = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return piece;
  }
  std::int32_t number(std::size_t bytes) {
    std::uint32_t value = 0;
    for (const char c : take(bytes)) value = (value << 8) | static_cast<std::uint8_t>(c);
    return bytes == 2 ? static_cast<std::int16_t>(value) : static_cast<std::int32_t>(value);
  }
  std::uint32_t varint() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 32; shift += 7) {
      const auto byte = take(1);
      if (failed_) return 0;
      value |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(byte[0]) & 0x7F) << shift;
      if ((static_cast<std::uint8_t>(byte[0]) & 0x80) == 0) return value;
    }
    failed_ = true;
    return 0;
  }
  /// Compact strings and arrays carry length + 1; 0 is null.
  std::size_t compact_length() {
    const auto length = varint();
    return length == 0 ? 0 : length - 1;
  }
  std::string_view compact_string() { return take(compact_length()); }
  void tags() {
    for (std::uint32_t left = varint(); left > 0 && !failed_; --left) {
      varint();
      take(varint());
    }
  }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool read_exactly(int fd, std::string& out, std::size_t count) {
  out.resize(count);
  for (std::size_t have = 0; have < count;) {
    const auto got = recv(fd, out.data() + have, count - have, 0);
    if (got <= 0) return false;
    have += static_cast<std::size_t>(got);
  }
  return true;
}

Result<TopicId> ask(const std::string& host, const std::string& port, const std::string& topic,
                    std::uint32_t timeout_ms) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0)
    return Failure(Errc::broker_away, "unknown host " + host);
  Failure last(Errc::broker_away, "no address of " + host);
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    const Socket socket(::socket(address->ai_family, address->ai_socktype, address->ai_protocol));
    if (socket.fd() < 0) continue;
    const timeval timeout{timeout_ms / 1000, static_cast<suseconds_t>(timeout_ms % 1000) * 1000};
    setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    const std::string request = metadata_request(topic, 1);
    std::string answer;
    if (connect(socket.fd(), address->ai_addr, address->ai_addrlen) != 0 || !write_all(socket.fd(), request) ||
        !read_exactly(socket.fd(), answer, 4)) {
      last = Failure(Errc::broker_away, host + ":" + port + ": " + std::strerror(errno));
      continue;
    }
    const auto length = static_cast<std::uint32_t>(Reader(answer).number(4));
    if (length > answer_bytes_max || !read_exactly(socket.fd(), answer, length)) {
      last = Failure(Errc::broker_away, host + ":" + port + " broke off its answer");
      continue;
    }
    freeaddrinfo(found);
    return topic_id_from_metadata(answer);
  }
  freeaddrinfo(found);
  return last;
}

}  // namespace

std::string metadata_request(std::string_view topic, std::int32_t correlation) {
  std::string body;
  put(body, metadata_key);
  put(body, metadata_version);
  put(body, correlation);
  put(body, static_cast<std::int16_t>(3));
  body += "acq";          // client id: a plain string even in the flexible header
  put_varint(body, 0);    // header tags
  put_varint(body, 2);    // one topic
  body.append(16, '\0');  // asked by name, not by id
  put_varint(body, static_cast<std::uint32_t>(topic.size()) + 1);
  body += topic;
  put_varint(body, 0);
  body.push_back(0);  // never create it
  body.push_back(0);  // no authorized operations
  put_varint(body, 0);
  std::string request;
  put(request, static_cast<std::int32_t>(body.size()));
  return request + body;
}

Result<TopicId> topic_id_from_metadata(std::string_view answer) {
  Reader reader(answer);
  reader.number(4);  // correlation: one request per connection
  reader.tags();
  reader.number(4);  // throttle time
  for (std::size_t left = reader.compact_length(); left > 0 && !reader.failed(); --left) {
    reader.number(4);
    reader.compact_string();
    reader.number(4);
    reader.compact_string();
    reader.tags();
  }
  reader.compact_string();  // cluster id
  reader.number(4);         // controller
  const auto topics = reader.compact_length();
  const auto error = reader.number(2);
  reader.compact_string();
  const auto id = reader.take(16);
  if (reader.failed() || topics != 1) return Failure(Errc::broker_away, "the broker's metadata cannot be read");
  if (error == 3) return Failure(Errc::misconfigured, "the topic does not exist");
  if (error != 0) return Failure(Errc::broker_away, "metadata error " + std::to_string(error));
  TopicId topic_id;
  std::copy(id.begin(), id.end(), topic_id.begin());
  return topic_id;
}

Result<TopicId> read_topic_id(const std::string& brokers, const std::string& topic, std::uint32_t timeout_ms) {
  Failure last(Errc::broker_away, "kafka.brokers is empty");
  for (std::size_t start = 0; start < brokers.size();) {
    const auto end = std::min(brokers.find(',', start), brokers.size());
    const auto one = brokers.substr(start, end - start);
    start = end + 1;
    const auto colon = one.rfind(':');
    if (colon == std::string::npos) {
      last = Failure(Errc::broker_away, "kafka.brokers wants host:port, not " + one);
      continue;
    }
    auto id = ask(one.substr(0, colon), one.substr(colon + 1), topic, timeout_ms);
    if (id || id.error().code == Errc::misconfigured) return id;
    last = id.error();
  }
  return last;
}

}  // namespace acq::kafka
