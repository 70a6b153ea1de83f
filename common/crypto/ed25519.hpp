// Ed25519 (RFC 8032) over bytes: verify with a raw public key, sign with a raw private one.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "common/crypto/secret.hpp"

namespace acq::crypto {

inline constexpr std::size_t ed25519_key_bytes = 32;

/// False also for a key or a signature that is none.
bool verify_ed25519(std::string_view public_key, std::string_view bytes, std::string_view signature);

/// 64 bytes. `private_key`: the 32-byte seed. Throws when it is none.
std::string sign_ed25519(const Secret& private_key, std::string_view bytes);
std::string ed25519_public_key(const Secret& private_key);

/// The raw public key in a PEM "PUBLIC KEY" (SubjectPublicKeyInfo, RFC 8410), or empty when it is not one of Ed25519.
std::string ed25519_from_pem(std::string_view pem);

}  // namespace acq::crypto
