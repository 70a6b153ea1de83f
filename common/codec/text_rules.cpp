// UTF-8, order numbers, callback URLs, JSON pointers.
#include "common/codec/text_rules.hpp"

#include <algorithm>

#include "common/limits.hpp"

namespace acq::codec {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_host(std::string_view host) noexcept {
  if (host.empty()) return false;
  if (host.front() == '[') {
    if (host.size() < 4 || host.back() != ']') return false;
    return std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
    });
  }
  return std::ranges::all_of(host, [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '.'; });
}

bool is_port(std::string_view port) noexcept {
  if (port.empty() || port.size() > 5 || !has_digits_only(port)) return false;
  int number = 0;
  for (const char c : port) number = number * 10 + (c - '0');
  return number >= 1 && number <= 65535;
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : '\0'); };
  const auto continues = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;  // a continuation byte, or an overlong form
  if (first < 0xe0) return continues(1) ? 2 : 0;
  if (first < 0xf0) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xe0 && at(1) < 0xa0) return 0;  // overlong
    if (first == 0xed && at(1) > 0x9f) return 0;  // surrogates
    return 3;
  }
  if (first > 0xf4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  if (first == 0xf0 && at(1) < 0x90) return 0;  // overlong
  if (first == 0xf4 && at(1) > 0x8f) return 0;  // beyond U+10FFFF
  return 4;
}

std::size_t code_points(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool has_control(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f) return true;
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

bool is_visible_ascii(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool has_order_id_characters(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return is_digit(c) || is_letter(c) || c == '_' || c == '-'; });
}

bool has_digits_only(std::string_view text) noexcept {
  return std::ranges::all_of(text, is_digit);
}

bool is_callback_url(std::string_view url, bool http_allowed) noexcept {
  // A backslash is a slash to some parsers and a character to others; a '#' starts a fragment; the rest must be
  // encoded.
  if (!is_visible_ascii(url) || url.find_first_of("\"<>\\^`{|}#") != std::string_view::npos) return false;
  if (url.starts_with("https://")) {
    url.remove_prefix(8);
  } else if (http_allowed && url.starts_with("http://")) {
    url.remove_prefix(7);
  } else {
    return false;
  }
  auto authority = url.substr(0, url.find_first_of("/?"));
  if (authority.find('@') != std::string_view::npos) return false;
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    if (!is_port(authority.substr(colon + 1))) return false;
    authority = authority.substr(0, colon);
  }
  return is_host(authority);
}

void append_pointer(std::string& pointer, std::string_view name) {
  std::size_t length = std::min(name.size(), limits::metadata_key_bytes_max);
  while (length > 0 && length < name.size() && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80) --length;
  pointer += '/';
  for (const char c : name.substr(0, length)) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

}  // namespace acq::codec
