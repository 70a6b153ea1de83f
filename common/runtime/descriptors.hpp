// File descriptors: how many this process may have, and how many of them may be connections.
#pragma once
#include <cstddef>

namespace acq::runtime {

/// Raises the soft limit to the hard one; returns what holds then.
std::size_t raise_descriptor_limit();

/// What each core may hold in connections, of a process that may have `limit` descriptors: never more than `wanted`,
/// and so few that log, database, cache and witness files still get theirs. At least 4.
std::size_t connections_per_core(std::size_t limit, std::size_t cores, std::size_t wanted) noexcept;

}  // namespace acq::runtime
