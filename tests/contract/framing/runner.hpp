// Who is shown the table, and how what they understood is judged.
#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/http/server.hpp"
#include "tests/contract/framing/cases.hpp"

namespace acq::test {

/// What came of some bytes.
struct Understood {
  std::vector<std::string> served;  ///< "POST /a 5"; the canary too
  std::vector<int> statuses;        ///< of the answers, 100 left out
  std::string code;                 ///< of the last answer, when it is a refusal
  bool closed = false;
};

/// In what the case and this differ, in words; empty: in nothing.
std::string difference(const FramingCase& expected, const Understood& got);

/// The product's reader without a socket, fed `piece` bytes at a time.
Understood read_in_pieces(const std::string& bytes, std::size_t piece);
/// Boost 1.81's parser alone, without the gate: the lax reader that must not pass.
Understood read_by_beast(const std::string& bytes);

/// The product's server on a thread of its own, which notes what it is asked.
class RecordingServer {
 public:
  RecordingServer();
  ~RecordingServer();
  std::uint16_t port() const noexcept { return server_.port(); }

  struct Asked {
    std::string what;  ///< "POST /a 5"
    std::string mark;  ///< the X-Proxy-Mark that it came with
    std::size_t marks = 0;
  };
  /// All since the last call.
  std::vector<Asked> take();

 private:
  boost::asio::awaitable<http::Response> note(const http::Request& request);

  boost::asio::io_context context_{1};
  http::Server server_;
  std::mutex lock_;
  std::vector<Asked> asked_;
  std::thread thread_;
};

struct RawAnswer {
  int status = 0;
  std::string code;  ///< the body of a refusal
  std::string mark;
};

struct Conversation {
  std::vector<RawAnswer> answers;
  bool closed = false;  ///< by the server, within the time
  std::string raw;
};

bool can_connect(std::uint16_t port);
/// Sends the bytes on a connection of their own and reads until the other side closes, at most `within_ms`.
Conversation talk(std::uint16_t port, const std::string& bytes, int within_ms = 5'000);

}  // namespace acq::test
