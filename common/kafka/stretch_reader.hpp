// Stretches of a partition read beside the group, for operators and for checks that walk the log. Blocking; one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/error/result.hpp"
#include "common/kafka/consumer.hpp"

namespace acq::kafka {

class StretchReader {
 public:
  StretchReader(const std::string& brokers, std::string topic);
  ~StretchReader();

  /// Records from `offset` on, below `end`, at most `count`, in order. Fewer when the time is over; none at all is
  /// broker_away. Errc::undecodable when `offset` is not on the log.
  Result<std::vector<Record>> read(std::int32_t partition, std::int64_t offset, std::int64_t end, std::size_t count,
                                   std::uint32_t timeout_ms);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acq::kafka
