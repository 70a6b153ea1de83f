// The load of the accept benchmark: one thread, epoll, keep-alive connections, requests made beforehand. It does as
// little as a client can, because it runs on the same cores as what it measures; what it used itself is reported.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acq::bench {

struct LoadFigures {
  std::size_t sent = 0;
  std::map<int, std::size_t> statuses;  ///< answers by status; 0: the connection ended without one
  std::map<int, std::string> examples;  ///< the first answer of each status
  double seconds = 0;
  double own_cpu_s = 0;
  std::vector<std::uint32_t> latencies_us;  ///< from the planned send in an open loop, from the send in a closed one
  std::size_t late = 0;                     ///< of an open loop: found no free connection at their time

  std::size_t with(int status) const {
    const auto found = statuses.find(status);
    return found == statuses.end() ? 0 : found->second;
  }
  double latency_ms(double quantile) const;
};

class LoadClient {
 public:
  /// Connects to 127.0.0.1; throws std::runtime_error when a connection fails.
  LoadClient(std::uint16_t port, std::size_t connections);
  ~LoadClient();
  LoadClient(const LoadClient&) = delete;
  LoadClient& operator=(const LoadClient&) = delete;

  /// Sends each request once and waits for every answer. `per_second` 0: a closed loop, each connection sends its next
  /// request when it has its answer. Otherwise an open loop at that rate. Throws when nothing is heard for 10 s.
  LoadFigures run(std::span<const std::string> requests, double per_second = 0);
  /// Without an answer from those that the server closed meanwhile.
  std::size_t still_open() const;

 private:
  struct Line;
  void open(Line& line);
  void send(Line& line, std::size_t number, std::int64_t planned_ns);
  /// True when the line is free again.
  bool receive(Line& line);
  void answered(Line& line, int status);

  std::uint16_t port_;
  int epoll_ = -1;
  std::vector<Line> lines_;
  std::span<const std::string> requests_;
  LoadFigures figures_;
  std::size_t done_ = 0;
};

}  // namespace acq::bench
