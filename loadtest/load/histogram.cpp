// The bucket of a value is its leading 8 bits and how far they were shifted.
#include "loadtest/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace acq::load {

constexpr std::size_t Histogram::index_of(std::uint64_t value) noexcept {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = width > bits + 1 ? width - (bits + 1) : 0;
  return (std::size_t{shift} << bits) + static_cast<std::size_t>(value >> shift);
}

constexpr std::int64_t Histogram::end_of(std::size_t index) noexcept {
  const std::size_t shift = index < (2U << bits) ? 0 : (index >> bits) - 1;
  const std::size_t lead = index - (shift << bits);
  return static_cast<std::int64_t>(((lead + 1) << shift) - 1);
}

void Histogram::record(std::int64_t value_us) noexcept {
  static_assert(index_of(static_cast<std::uint64_t>(highest_us)) < buckets);
  max_us_ = std::max(max_us_, value_us);
  const auto kept = static_cast<std::uint64_t>(std::clamp<std::int64_t>(value_us, 0, highest_us));
  ++counts_[index_of(kept)];
  ++count_;
}

void Histogram::merge(const Histogram& other) noexcept {
  for (std::size_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_us_ = std::max(max_us_, other.max_us_);
}

std::int64_t Histogram::quantile(double q) const noexcept {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    seen += counts_[i];
    if (seen >= rank) return std::min(end_of(i), max_us_);
  }
  return max_us_;
}

}  // namespace acq::load
