// Metrics: the same name and labels are one series, and the text is Prometheus's.
#include "common/runtime/metrics.hpp"

#include <catch2/catch.hpp>

using namespace acq::runtime;

TEST_CASE("asking again for a series gives the same one") {
  counter("acq_test_things_total", "Things.", {{"kind", "a"}}).add();
  counter("acq_test_things_total", "Things.", {{"kind", "a"}}).add(2);
  counter("acq_test_things_total", "Things.", {{"kind", "b"}}).add();
  gauge("acq_test_depth", "Depth.").set(4.5);
  latency_histogram("acq_test_seconds", "Latency.").observe_seconds(0.003);
  const std::string text = metrics_text();
  CHECK_THAT(text, Catch::Contains("# TYPE acq_test_things_total counter"));
  CHECK_THAT(text, Catch::Contains("acq_test_things_total{kind=\"a\"} 3"));
  CHECK_THAT(text, Catch::Contains("acq_test_things_total{kind=\"b\"} 1"));
  CHECK_THAT(text, Catch::Contains("acq_test_depth 4.5"));
  CHECK_THAT(text, Catch::Contains("acq_test_seconds_bucket{le=\"0.002\"} 0"));
  CHECK_THAT(text, Catch::Contains("acq_test_seconds_bucket{le=\"0.005\"} 1"));
}

TEST_CASE("a handle that was never asked for counts nothing") {
  Counter none;
  none.add();
  Gauge{}.set(1);
  LatencyHistogram{}.observe_seconds(1);
}
