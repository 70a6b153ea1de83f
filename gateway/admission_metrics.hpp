// acq_admission_*: what was refused and why, and how full the gateway is.
#pragma once
#include <array>

#include "common/error/errc.hpp"
#include "common/runtime/metrics.hpp"
#include "gateway/in_flight_budget.hpp"

namespace acq::gateway {

/// One per core, used on that core.
class AdmissionMetrics {
 public:
  AdmissionMetrics();
  /// `code`: overloaded, rate_limited or too_many_in_flight.
  void refused(WorkKind kind, Errc code);
  void paused() { pauses_.add(); }

 private:
  static constexpr std::array codes{Errc::overloaded, Errc::rate_limited, Errc::too_many_in_flight};
  std::array<std::array<runtime::Counter, codes.size()>, work_kind_count> refused_;
  runtime::Counter pauses_;
};

/// Sets the gauges from what the cores say; before the metrics are shown.
void show_load(const GatewayLoad& gateway);

}  // namespace acq::gateway
