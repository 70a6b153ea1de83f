// The gateway's own counters, looked up once per series and core, so that counting a request takes no lock of the
// registry.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error/errc.hpp"
#include "common/runtime/metrics.hpp"
#include "gateway/routes.hpp"

namespace acq::gateway {

/// One per core; its members are called on that core.
class RequestMetrics {
 public:
  RequestMetrics();
  void answered(RouteId route, int status);
  void refused(Errc code);
  void accepted(double seconds);

 private:
  std::array<std::vector<std::pair<int, runtime::Counter>>, route_count> by_status_;
  std::vector<std::pair<Errc, runtime::Counter>> by_code_;
  runtime::Counter accepted_;
  runtime::LatencyHistogram accept_seconds_;
};

}  // namespace acq::gateway
