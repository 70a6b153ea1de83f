// What a run used and on what: CPU of this process and of mariadbd, the machine and its versions, medians.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace acq::bench {

inline constexpr double no_value = -1;

/// CPU so far, user and system, in seconds; `no_value` where /proc does not tell.
double cpu_of_self();
double cpu_of(std::int64_t pid);
/// CPU that anybody used on this box so far, in seconds.
double cpu_of_box();
/// "2 × AMD …, Linux 6.1".
std::string machine();

struct Spread {
  double median = 0;
  double least = 0;
  double most = 0;
};
inline Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
}

}  // namespace acq::bench
