// SHA-256, HMAC-SHA256 (RFC 2104) and SipHash-2-4 (Aumasson, Bernstein 2012), as plain functions over bytes.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/crypto/secret.hpp"

namespace acq::crypto {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
inline std::string_view raw(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// 16-byte key. For keyed 32-bit field hashes (P2): take the low half.
using SipKey = std::array<std::uint8_t, 16>;
std::uint64_t siphash24(const SipKey& key, std::string_view bytes) noexcept;

}  // namespace acq::crypto
