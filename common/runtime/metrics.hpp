// Prometheus text for the admin port. Counters and gauges by name with a fixed set of labels; a handle is found once
// and then incremented without a lock. Names: acq_*_total, _seconds, _bytes; labels of bounded sets only, never an id.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace acq::runtime {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  void add(double amount = 1);

 private:
  friend Counter counter(std::string_view, std::string_view, const Labels&);
  prometheus::Counter* inner_ = nullptr;
};
class Gauge {
 public:
  void set(double value);

 private:
  friend Gauge gauge(std::string_view, std::string_view, const Labels&);
  prometheus::Gauge* inner_ = nullptr;
};
/// Buckets 0.5 ms … 10 s.
class LatencyHistogram {
 public:
  void observe_seconds(double value);

 private:
  friend LatencyHistogram latency_histogram(std::string_view, std::string_view, const Labels&);
  prometheus::Histogram* inner_ = nullptr;
};

/// The process's registry; any thread. Asking again for the same name and labels gives the same series.
Counter counter(std::string_view name, std::string_view help, const Labels& labels = {});
Gauge gauge(std::string_view name, std::string_view help, const Labels& labels = {});
LatencyHistogram latency_histogram(std::string_view name, std::string_view help, const Labels& labels = {});
/// Text exposition format 0.0.4 of everything.
std::string metrics_text();

}  // namespace acq::runtime
