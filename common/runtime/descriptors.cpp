#include "common/runtime/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace acq::runtime {
namespace {

/// What the rest of a program holds at most: drivers, listeners, files, event loops.
constexpr std::size_t kept_for_others = 256;

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kept_for_others;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::size_t connections_per_core(std::size_t limit, std::size_t cores, std::size_t wanted) noexcept {
  constexpr std::size_t few = 4;
  const std::size_t others = std::min(kept_for_others, limit - limit / 4);
  return std::clamp((limit - others) / std::max<std::size_t>(1, cores), few, std::max(few, wanted));
}

}  // namespace acq::runtime
