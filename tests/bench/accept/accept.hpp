// The two measurements of the accept path. Each is one Catch case, so that whatever does not hold ends it before a
// ratio is printed: System's own checks are Catch's.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace acq::bench {

struct AcceptOptions {
  std::size_t requests = 20'000;  ///< payments a side
  std::size_t pairs = 5;
  std::size_t connections = 64;
  std::vector<std::string> refusals{"overloaded", "limited"};  ///< as Sides::refuse() knows them
  std::vector<double> rates;                                   ///< open loops, beside the closed one; payments a second
  double rate_seconds = 10;
  bool callbacks = true;
  std::string control;  ///< empty, "repeat" or "burn": the benchmark shown to notice
  bool pause = false;   ///< wait before the first side, for a profiler
};
AcceptOptions& accept_options();

struct IdleOptions {
  std::size_t connections = 10'000;
  bool use_each = true;  ///< one request on each before it rests
};
IdleOptions& idle_options();

}  // namespace acq::bench
