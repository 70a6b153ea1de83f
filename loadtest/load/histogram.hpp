// Latencies in microseconds, counted in buckets that grow with the value: exact below 256 us, then 128 buckets per
// doubling, so a quantile is told at most 1/128 (0.8 %) too high and never too low. 20 KB whatever the run's length.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace acq::load {

class Histogram {
 public:
  static constexpr std::int64_t highest_us = 60'000'000;

  /// Values outside 0 .. 60 s are counted at the edge; max() still tells the true largest.
  void record(std::int64_t value_us) noexcept;
  void merge(const Histogram& other) noexcept;

  std::uint64_t count() const noexcept { return count_; }
  std::int64_t max() const noexcept { return max_us_; }
  /// The smallest recorded value that at least `q` (0..1) of all are not above (nearest rank), rounded up to its
  /// bucket's end. 0 when nothing was recorded.
  std::int64_t quantile(double q) const noexcept;

 private:
  static constexpr unsigned bits = 7;  // 128 buckets per doubling
  static constexpr std::size_t index_of(std::uint64_t value) noexcept;
  static constexpr std::int64_t end_of(std::size_t index) noexcept;
  static constexpr std::size_t buckets = 20 << bits;  // index_of(60 s) is 2,546; asserted beside it

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::int64_t max_us_ = 0;
};

}  // namespace acq::load
