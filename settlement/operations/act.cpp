#include "settlement/operations/act.hpp"

#include <algorithm>

#include "common/codec/text_rules.hpp"

namespace acq::settlement::operations {

bool is_reason(std::string_view text) noexcept {
  std::size_t characters = 0;
  for (std::string_view rest = text; !rest.empty(); ++characters) {
    const auto length = codec::utf8_length(rest);
    if (length == 0) return false;
    rest.remove_prefix(length);
  }
  return characters >= 1 && characters <= reason_chars_max && !codec::has_control(text);
}

std::string cut_to(std::string_view text, std::size_t characters) {
  std::size_t taken = 0;
  for (std::size_t i = 0; i < characters && taken < text.size(); ++i) {
    taken += std::max<std::size_t>(1, codec::utf8_length(text.substr(taken)));
  }
  return std::string(text.substr(0, taken));
}

}  // namespace acq::settlement::operations
