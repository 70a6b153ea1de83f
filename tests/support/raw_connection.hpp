// A client that sends what no client library would, and sees what none would show: bytes, ends and resets.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace acq::test {

/// Blocking, to a port of 127.0.0.1.
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port);
  RawConnection(RawConnection&& other) noexcept;
  RawConnection& operator=(RawConnection&&) = delete;
  ~RawConnection();

  /// False: refused.
  bool connected() const noexcept { return connected_; }
  /// False when the other side has closed before it had read everything.
  bool send(std::string_view bytes) const;
  /// Appends what comes; true when the other side ended it (a reset is an end, too).
  bool read_to_end(std::string& into, int within_ms) const;

  struct Answer {
    int status = 0;  ///< 0: the connection ended, or the time was over, before there was a whole answer
    bool close = false;
    std::string head;
    std::string body;
  };
  /// The next whole answer with a Content-Length.
  Answer read_answer(int within_ms);

 private:
  /// -1: ended by a reset or the time; 0: by the other side.
  long read_some(std::string& into, std::int64_t until_ms) const;

  int descriptor_;
  bool connected_ = false;
  std::string in_;
};

/// The value of a header in an answer's head; empty when it has none.
std::string header_of(std::string_view head, std::string_view name);

}  // namespace acq::test
