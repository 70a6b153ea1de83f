// Small rules about text that several formats share. Internal to codec; strings are valid UTF-8 where the JSON parser
// has seen them.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace acq::codec {

/// Bytes of the first UTF-8 sequence (RFC 3629) of a text that is not empty; 0 when it is not valid.
std::size_t utf8_length(std::string_view text) noexcept;
/// Code points of valid UTF-8.
std::size_t code_points(std::string_view text) noexcept;
/// U+0000..U+001F, U+007F..U+009F.
bool has_control(std::string_view text) noexcept;
/// 0x21..0x7e only.
bool is_visible_ascii(std::string_view text) noexcept;

/// 1 to 64 of A-Z a-z 0-9 _ - is the rule; this checks the characters only.
bool has_order_id_characters(std::string_view text) noexcept;
bool has_digits_only(std::string_view text) noexcept;

/// https (http where allowed), a plain host, no userinfo, no fragment, nothing that must be percent-encoded. Addresses
/// are judged where they are called, on what the name resolves to.
bool is_callback_url(std::string_view url, bool http_allowed) noexcept;

/// "/" and the name escaped as RFC 6901 says. Names come from the input: cut to 64 bytes.
void append_pointer(std::string& pointer, std::string_view name);

struct TimeText {
  std::array<char, 24> chars;
  std::string_view view() const noexcept { return {chars.data(), chars.size()}; }
};
/// rfc3339() without an allocation.
TimeText time_text(std::int64_t unix_ms) noexcept;

}  // namespace acq::codec
