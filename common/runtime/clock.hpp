// Clocks by name. Decisions take times as parameters; only shells call these.
#pragma once
#include <chrono>
#include <cstdint>

namespace acq::runtime {

inline std::int64_t unix_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}
/// Monotonic, for deadlines and leases.
inline std::int64_t steady_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace acq::runtime
