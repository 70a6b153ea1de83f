// One run of one side, and what it must have done to count.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "loadtest/bench/load_client.hpp"
#include "loadtest/bench/requests.hpp"
#include "tests/support/system.hpp"

namespace acq::bench {

struct SideFigures {
  std::size_t requests = 0;
  std::size_t others = 0;  ///< answers with the tolerated status
  double rate = 0;
  double server_us = 0;      ///< CPU of the process under test per request
  double settlement_us = 0;  ///< of acq-settlement until all of it is final and told; payments only
  double client_us = 0;
  double box_busy = 0;  ///< cores, whoever used them
  double switches = 0;  ///< of the process under test per request: how often one of its threads went to sleep
  double p50_ms = 0;
  double p99_ms = 0;
  std::size_t late = 0;
};

class Sides {
 public:
  explicit Sides(test::System& system);

  /// Every answer must be 202, the log and the database must hold exactly that many more: else the case fails.
  SideFigures accept(std::size_t count, double per_second = 0);
  /// "overloaded": the gateway's budget is full, refused from the head alone. "limited": over the merchant's rate,
  /// after the signature. "forged": the signature is wrong. Nothing may reach the log.
  SideFigures refuse(const std::string& kind, std::size_t count);
  /// The same requests as accept() sends, to stock Beast.
  SideFigures hello(std::size_t count, std::int64_t burn_us = 0);
  /// The same order numbers twice: must fail.
  void accept_twice(std::size_t count);
  /// CPU seconds per second of a gateway that nobody asks anything.
  double resting_share(double seconds);
  /// "core-0 12.3 us, rdk:broker1 4.5 us": where the CPU of the last accept() went.
  const std::string& threads() const noexcept { return threads_; }

 private:
  struct Expected {
    int status = 0;
    int tolerated = -1;
  };
  std::vector<std::string> requests(std::size_t count, const Signer& signer, int attempt = 1);
  Signer limited_signer();
  SideFigures drive(pid_t pid, std::uint16_t port, const std::vector<std::string>& requests, Expected expected,
                    double per_second = 0);

  test::System& system_;
  Signer signer_;
  std::unique_ptr<Signer> limited_;
  int runs_ = 0;
  std::string threads_;
};

}  // namespace acq::bench
