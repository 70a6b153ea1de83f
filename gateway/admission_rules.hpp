// The numbers that admission goes by: `[admission]` of the configuration.
#pragma once
#include <cstddef>
#include <cstdint>

namespace acq::gateway {

/// All per gateway.
struct AdmissionRules {
  std::size_t in_flight_max = 0;
  std::size_t reserved_percent = 0;
  std::int32_t merchant_rate_per_second = 0;
  std::int32_t merchant_in_flight_max = 0;
  std::int64_t refusals_per_second_max = 0;
};

}  // namespace acq::gateway
