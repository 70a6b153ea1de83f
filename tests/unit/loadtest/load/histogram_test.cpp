// The histogram against exact quantiles of the same values.
#include "loadtest/load/histogram.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

using acq::load::Histogram;

namespace {

std::int64_t exact_quantile(std::vector<std::int64_t> values, double q) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

TEST_CASE("quantiles are never below the exact ones and at most one percent above") {
  std::mt19937_64 random(7);
  const auto spread = GENERATE(as<double>{}, 1.0, 3.0, 6.0);
  std::vector<std::int64_t> values;
  Histogram histogram;
  std::lognormal_distribution<double> latencies(7.0, spread / 3);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::min(static_cast<std::int64_t>(latencies(random)) + 1, Histogram::highest_us);
    values.push_back(value);
    histogram.record(value);
  }
  for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const std::int64_t exact = exact_quantile(values, q);
    const std::int64_t told = histogram.quantile(q);
    CAPTURE(spread, q, exact, told);
    CHECK(told >= exact);
    CHECK(static_cast<double>(told) <= static_cast<double>(exact) * 1.01);
  }
  CHECK(histogram.max() == *std::max_element(values.begin(), values.end()));
  CHECK(histogram.count() == values.size());
}

TEST_CASE("every power of two and its neighbours falls into a bucket within one percent") {
  for (std::int64_t power = 1; power <= Histogram::highest_us; power *= 2) {
    for (const std::int64_t value : {power - 1, power, power + 1}) {
      Histogram histogram;
      histogram.record(value);
      histogram.record(Histogram::highest_us);  // so that max() does not cap the answer
      CAPTURE(value);
      CHECK(histogram.quantile(0.5) >= value);
      CHECK(static_cast<double>(histogram.quantile(0.5)) <= static_cast<double>(value) * 1.01);
    }
  }
}

TEST_CASE("small values are exact, an empty histogram tells zero") {
  Histogram histogram;
  CHECK(histogram.quantile(0.5) == 0);
  for (std::int64_t value = 1; value <= 200; ++value) histogram.record(value);
  CHECK(histogram.quantile(0.5) == 100);
  CHECK(histogram.quantile(0.99) == 198);
  CHECK(histogram.quantile(1.0) == 200);
}

TEST_CASE("values beyond the range are counted at its edges and the true maximum is told") {
  Histogram histogram;
  histogram.record(-5);
  histogram.record(90'000'000);
  CHECK(histogram.count() == 2);
  CHECK(histogram.max() == 90'000'000);
  CHECK(histogram.quantile(0.5) == 0);
  CHECK(histogram.quantile(1.0) >= Histogram::highest_us);
}

TEST_CASE("merging is recording into one") {
  Histogram a, b, both;
  for (std::int64_t i = 0; i < 5'000; ++i) {
    (i % 2 == 0 ? a : b).record(i * 37);
    both.record(i * 37);
  }
  a.merge(b);
  CHECK(a.count() == both.count());
  CHECK(a.max() == both.max());
  for (const double q : {0.1, 0.5, 0.99}) CHECK(a.quantile(q) == both.quantile(q));
}
