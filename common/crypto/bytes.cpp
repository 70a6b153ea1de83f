// Base64 and hex by table, random bytes from getrandom(2), and a fast generator for ids and jitter.
#include "common/crypto/bytes.hpp"

#include <openssl/crypto.h>
#include <sys/random.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace acq::crypto {
namespace {

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view hex_alphabet = "0123456789abcdef";
constexpr std::uint8_t not_a_digit = 0xff;

constexpr std::array<std::uint8_t, 256> inverse_of(std::string_view alphabet) {
  std::array<std::uint8_t, 256> table{};
  table.fill(not_a_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr auto base64_values = inverse_of(base64_alphabet);

std::uint32_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

std::uint8_t hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return not_a_digit;
}

/// xoshiro256** 1.0 (Blackman, Vigna): good statistics, no secrecy.
class FastGenerator {
 public:
  std::uint64_t next() {
    if (left_ == 0) reseed();
    --left_;
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

 private:
  void reseed() {
    const std::string seed = random_bytes(sizeof state_);
    std::memcpy(state_.data(), seed.data(), sizeof state_);
    left_ = std::uint32_t{1} << 20;
  }
  std::array<std::uint64_t, 4> state_{};
  std::uint32_t left_ = 0;
};

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  char* out = text.data();
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    *out++ = base64_alphabet[group >> 18];
    *out++ = base64_alphabet[group >> 12 & 63];
    *out++ = base64_alphabet[group >> 6 & 63];
    *out++ = base64_alphabet[group & 63];
  }
  if (const std::size_t rest = bytes.size() - i; rest != 0) {
    const std::uint32_t group = byte_at(bytes, i) << 16 | (rest == 2 ? byte_at(bytes, i + 1) << 8 : 0);
    *out++ = base64_alphabet[group >> 18];
    *out++ = base64_alphabet[group >> 12 & 63];
    if (rest == 2) *out = base64_alphabet[group >> 6 & 63];
  }
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes(text.size() / 4 * 3 - padding, '\0');
  std::size_t out = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const std::size_t digits = i + 4 == text.size() ? 4 - padding : 4;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      std::uint32_t value = 0;
      if (k < digits) {
        value = base64_values[byte_at(text, i + k)];
        if (value == not_a_digit) return std::nullopt;
      }
      group = group << 6 | value;
    }
    const std::size_t whole = digits - 1;
    // Bits that belong to no byte must be zero, or two texts would mean the same bytes.
    if (digits < 4 && (group & ((std::uint32_t{1} << (8 * (3 - whole))) - 1)) != 0) return std::nullopt;
    for (std::size_t k = 0; k < whole; ++k) bytes[out++] = static_cast<char>(group >> (16 - 8 * k) & 0xff);
  }
  return bytes;
}

std::string hex_encode(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    text += hex_alphabet[static_cast<std::uint8_t>(c) >> 4];
    text += hex_alphabet[static_cast<std::uint8_t>(c) & 15];
  }
  return text;
}

std::optional<std::string> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::uint8_t high = hex_value(text[i]);
    const std::uint8_t low = hex_value(text[i + 1]);
    if (high == not_a_digit || low == not_a_digit) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t done = 0; done < count;) {
    const ssize_t got = ::getrandom(bytes.data() + done, count - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::system_error(errno, std::generic_category(), "getrandom");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::uint64_t random_word() {
  thread_local FastGenerator generator;
  return generator.next();
}

double random_unit() {
  return static_cast<double>(random_word() >> 11) * 0x1.0p-53;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace acq::crypto
