// Series of the process, kept by prometheus-cpp's registry.
#include "common/runtime/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace acq::runtime {
namespace {

/// Never destroyed: threads may count until the process is gone.
prometheus::Registry& registry() {
  static auto* const instance = new prometheus::Registry();
  return *instance;
}

prometheus::Labels as_map(const Labels& labels) {
  return {labels.begin(), labels.end()};
}

template <class Builder>
auto& family(Builder builder, std::string_view name, std::string_view help) {
  return builder.Name(std::string(name)).Help(std::string(help)).Register(registry());
}

}  // namespace

void Counter::add(double amount) {
  if (inner_ != nullptr) inner_->Increment(amount);
}
void Gauge::set(double value) {
  if (inner_ != nullptr) inner_->Set(value);
}
void LatencyHistogram::observe_seconds(double value) {
  if (inner_ != nullptr) inner_->Observe(value);
}

Counter counter(std::string_view name, std::string_view help, const Labels& labels) {
  Counter handle;
  handle.inner_ = &family(prometheus::BuildCounter(), name, help).Add(as_map(labels));
  return handle;
}

Gauge gauge(std::string_view name, std::string_view help, const Labels& labels) {
  Gauge handle;
  handle.inner_ = &family(prometheus::BuildGauge(), name, help).Add(as_map(labels));
  return handle;
}

LatencyHistogram latency_histogram(std::string_view name, std::string_view help, const Labels& labels) {
  const prometheus::Histogram::BucketBoundaries bounds{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                                       0.1,    0.2,   0.5,   1,     2,    5,    10};
  LatencyHistogram handle;
  handle.inner_ = &family(prometheus::BuildHistogram(), name, help).Add(as_map(labels), bounds);
  return handle;
}

std::string metrics_text() {
  return prometheus::TextSerializer().Serialize(registry().Collect());
}

}  // namespace acq::runtime
