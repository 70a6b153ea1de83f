// "Did you mean …": the known word nearest to a mistyped one.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "common/runtime/config.hpp"

namespace acq::runtime {

/// Insertions, deletions and substitutions from `a` to `b` (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);
/// `keys` must not be empty.
std::string_view nearest_key(std::span<const ConfigKey> keys, std::string_view name);

}  // namespace acq::runtime
