#include "gateway/admission_metrics.hpp"

#include <string>

namespace acq::gateway {

AdmissionMetrics::AdmissionMetrics()
    : pauses_(runtime::counter("acq_admission_pauses_total", "Times that a core stopped reading")) {
  for (std::size_t kind = 0; kind < work_kind_count; ++kind) {
    for (std::size_t code = 0; code < codes.size(); ++code) {
      refused_[kind][code] =
          runtime::counter("acq_admission_refused_total", "Requests refused by admission, by kind and code",
                           {{"kind", std::string(name_of(static_cast<WorkKind>(kind)))},
                            {"code", std::string(acq::name_of(codes[code]))}});
    }
  }
}

void AdmissionMetrics::refused(WorkKind kind, Errc code) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] == code) refused_[static_cast<std::size_t>(kind)][i].add();
  }
}

void show_load(const GatewayLoad& gateway) {
  for (std::size_t kind = 0; kind < work_kind_count; ++kind) {
    const auto which = static_cast<WorkKind>(kind);
    runtime::gauge("acq_admission_in_flight", "Requests in flight, by kind", {{"kind", std::string(name_of(which))}})
        .set(static_cast<double>(gateway.in_flight(which)));
  }
  runtime::gauge("acq_admission_in_flight_max", "The budget of requests in flight")
      .set(static_cast<double>(gateway.in_flight_max()));
  runtime::gauge("acq_admission_cores_not_reading", "Cores past the second threshold")
      .set(static_cast<double>(gateway.cores_not_reading()));
}

}  // namespace acq::gateway
