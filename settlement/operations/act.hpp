// What every act of an operator carries: who asks, why, and whether it is meant or only looked at.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace acq::settlement::operations {

inline constexpr std::size_t reason_chars_max = 512;

struct Act {
  std::string operator_name;
  std::string reason;
  bool apply = false;  ///< false: a preview, which changes nothing
};

/// 1 to 512 characters of valid UTF-8, none of them a control character.
bool is_reason(std::string_view text) noexcept;

/// As much of valid UTF-8 as fits a column of `characters`, cut between characters.
std::string cut_to(std::string_view text, std::size_t characters);

}  // namespace acq::settlement::operations
