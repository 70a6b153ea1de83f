// The log's end per partition, asked of the broker after the asker came (P7). Coalesced: one question per partition at
// a time, and a question already under way answers nobody who came after it began. Owns one thread, because asking
// blocks.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "common/error/result.hpp"

namespace acq::gateway {

class LogEnds {
 public:
  using Ask = std::function<Result<std::int64_t>(std::int32_t partition)>;

  explicit LogEnds(Ask ask);
  ~LogEnds();  ///< stop()
  void stop();

  /// Resumes on the caller's executor within limits::log_end_wait_ms. Errc::broker_away; Errc::overloaded when too many
  /// wait.
  boost::asio::awaitable<Result<std::int64_t>> ask(std::int32_t partition);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acq::gateway
