// The two benchmarks, each a whole run that prints its figures.
#pragma once
#include <cstddef>

#include "tests/bench/place.hpp"

namespace acq::bench {

struct SettleOptions {
  std::size_t payments = 100'000;
  std::size_t pairs = 3;
  std::size_t slice = 50'000;
  std::size_t warm_up = 50'000;  ///< payments of a pair that is not counted; 0: none
  std::size_t loop_records = 0;  ///< new payments per batch of the loop; 0: the worker's own batches
  bool worker_only = false;      ///< for a profiler
};
int run_settle(const Place& place, const SettleOptions& options);

struct RowsOptions {
  std::size_t pool_mib = 64;
  std::size_t window = 50'000;  ///< payments measured at each size
  double window_s_max = 20;
  std::size_t largest = 2'000'000;
  std::size_t period_payments = 0;  ///< a new key period after so many; 0: all in one
  bool random_keys = false;
};
int run_rows(const Place& place, const RowsOptions& options);

}  // namespace acq::bench
