#include "gateway/request_metrics.hpp"

#include <algorithm>
#include <string>

namespace acq::gateway {
namespace {

template <class Key, class Make>
runtime::Counter& find_or_make(std::vector<std::pair<Key, runtime::Counter>>& series, Key key, Make make) {
  const auto found = std::find_if(series.begin(), series.end(), [&](const auto& entry) { return entry.first == key; });
  if (found != series.end()) return found->second;
  return series.emplace_back(key, make()).second;
}

}  // namespace

RequestMetrics::RequestMetrics()
    : accepted_(runtime::counter("acq_payments_accepted_total", "Payments answered 202")),
      accept_seconds_(runtime::latency_histogram("acq_accept_seconds", "From the request to its 202")) {}

void RequestMetrics::answered(RouteId route, int status) {
  auto& counter = find_or_make(by_status_[static_cast<std::size_t>(route)], status, [&] {
    return runtime::counter("acq_requests_total", "Requests answered, by route and status",
                            {{"route", std::string(name_of(route))}, {"status", std::to_string(status)}});
  });
  counter.add();
}

void RequestMetrics::refused(Errc code) {
  auto& counter = find_or_make(by_code_, code, [&] {
    return runtime::counter("acq_refusals_total", "Problem answers, by code",
                            {{"code", std::string(acq::name_of(code))}});
  });
  counter.add();
}

void RequestMetrics::accepted(double seconds) {
  accepted_.add();
  accept_seconds_.observe_seconds(seconds);
}

}  // namespace acq::gateway
