// Bytes as text and random bytes. No secrets are kept here.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace acq::crypto {

/// Standard padded base64 (RFC 4648, section 4). decode refuses anything that encode would not have made.
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);
std::string hex_encode(std::string_view bytes);
std::optional<std::string> hex_decode(std::string_view text);

/// From the operating system's generator; throws when it fails (a machine without randomness must not start).
std::string random_bytes(std::size_t count);
/// Fast per-thread generator seeded from random_bytes, reseeded every 2^20 words: for ids and jitter, not for keys.
std::uint64_t random_word();
/// In [0, 1).
double random_unit();

/// Length is public; content is compared in constant time.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace acq::crypto
