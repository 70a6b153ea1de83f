// Secrets at rest: AES-256-GCM (NIST SP 800-38D) under a 32-byte key. Box = version byte 1, 12-byte random nonce,
// ciphertext, 16-byte tag. `context` is authenticated but not stored: a box moved to another row does not open.
#pragma once
#include <string>
#include <string_view>

#include "common/crypto/digest.hpp"
#include "common/error/result.hpp"

namespace acq::crypto {

std::string seal(const Secret& key, std::string_view context, std::string_view plain);
/// Errc::undecodable when the box is not ours, was changed, or belongs to another context.
Result<Secret> open(const Secret& key, std::string_view context, std::string_view box);

/// The master key file: 64 hex digits and a newline, mode 600 or stricter. StartError (2) names the fix otherwise.
Secret read_master_key(const std::string& path);
/// One purpose, one key: HMAC-SHA256(master, purpose and the byte 1), which is RFC 5869's expand step with one block.
Secret derive_key(const Secret& master, std::string_view purpose);
SipKey derive_sip_key(const Secret& master, std::string_view purpose);

}  // namespace acq::crypto
