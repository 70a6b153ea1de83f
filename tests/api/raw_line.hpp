// A connection to the gateway for bytes of any kind: many requests in one go, their answers in order.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acq::test {

struct RawAnswer {
  int status = 0;  ///< 0: none came
  std::string code;
  std::string body;
};

class RawLine {
 public:
  explicit RawLine(std::uint16_t port);
  ~RawLine();
  RawLine(const RawLine&) = delete;
  RawLine& operator=(const RawLine&) = delete;

  /// Stops early when an answer comes before all is sent, or when nobody takes more.
  void send(std::string_view bytes);
  /// No more will be sent.
  void shut();
  /// Status 0 when the line ends, or nothing comes within ten seconds.
  RawAnswer answer();

 private:
  bool fill();
  int socket_ = -1;
  std::string in_;
};

}  // namespace acq::test
