#include "gateway/preference.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "common/limits.hpp"

namespace acq::gateway {
namespace {

constexpr std::string_view space = " \t";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// Cuts the text before `separator` off `rest`; one within a quoted string does not separate.
std::string_view next_part(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    if (quoted && rest[at] == '\\') {
      ++at;
    } else if (rest[at] == '"') {
      quoted = !quoted;
    } else if (!quoted && rest[at] == separator) {
      break;
    }
  }
  at = std::min(at, rest.size());
  const auto part = trimmed(rest.substr(0, at));
  rest = rest.substr(std::min(at + 1, rest.size()));
  return part;
}

std::optional<std::uint32_t> seconds(std::string_view digits) {
  std::uint32_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  if (digits.empty() || parsed.ptr != end) return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range) return limits::prefer_wait_s_max;
  return std::min(value, limits::prefer_wait_s_max);
}

}  // namespace

std::optional<std::uint32_t> preferred_wait_s(const http::Request& request) {
  for (const auto& header : request.headers) {
    if (!http::same_header(header.name, "prefer")) continue;
    for (std::string_view rest = header.value; !rest.empty();) {
      auto preference = next_part(rest, ',');
      const auto word = next_part(preference, ';');
      const auto equals = word.find('=');
      if (equals == std::string_view::npos) continue;
      if (http::same_header(trimmed(word.substr(0, equals)), "wait")) return seconds(trimmed(word.substr(equals + 1)));
    }
  }
  return std::nullopt;
}

}  // namespace acq::gateway
