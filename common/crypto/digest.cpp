// Digests over OpenSSL's EVP. The algorithm is fetched once and each thread keeps its context: a fetch or a context per
// request costs more than hashing the request.
#include "common/crypto/digest.hpp"

#include <openssl/crypto.h>

#include <bit>
#include <cstring>

#include "common/crypto/handles.hpp"

namespace acq::crypto {
namespace {

constexpr std::size_t block_bytes = 64;
using Block = std::array<std::uint8_t, block_bytes>;

const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);  // lives as long as the process
  require(algorithm != nullptr, "OpenSSL has no SHA256");
  return algorithm;
}

EVP_MD_CTX* thread_context() {
  thread_local const DigestContext context{EVP_MD_CTX_new()};
  require(context != nullptr, "EVP_MD_CTX_new");
  return context.get();
}

Sha256 sha256_of_two(std::string_view first, std::string_view second) {
  EVP_MD_CTX* const context = thread_context();
  Sha256 digest;
  require(EVP_DigestInit_ex2(context, sha256_algorithm(), nullptr) == 1 &&
              EVP_DigestUpdate(context, first.data(), first.size()) == 1 &&
              EVP_DigestUpdate(context, second.data(), second.size()) == 1 &&
              EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1,
          "SHA256");
  return digest;
}

std::string_view view_of(const Block& block) {
  return {reinterpret_cast<const char*>(block.data()), block.size()};
}

/// v0 … v3 of the paper, and its round.
struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() noexcept {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) noexcept {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

std::uint64_t little_endian(const void* bytes, std::size_t count) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, count);
  return word;
}
static_assert(std::endian::native == std::endian::little, "SipHash reads little-endian words");

}  // namespace

Sha256 sha256(std::string_view bytes) {
  return sha256_of_two(bytes, {});
}

// Two plain passes instead of EVP_MAC: with a new key per request EVP_MAC's init and its parameter lists cost more than
// the four extra compressions.
Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  Block inner{};
  if (key.size() > block_bytes) {
    const Sha256 shortened = sha256(key);
    std::memcpy(inner.data(), shortened.data(), shortened.size());
  } else if (!key.empty()) {
    std::memcpy(inner.data(), key.data(), key.size());
  }
  Block outer = inner;
  for (auto& byte : inner) byte ^= 0x36;
  for (auto& byte : outer) byte ^= 0x5c;
  const Sha256 inner_digest = sha256_of_two(view_of(inner), bytes);
  const Sha256 digest = sha256_of_two(view_of(outer), raw(inner_digest));
  OPENSSL_cleanse(inner.data(), inner.size());
  OPENSSL_cleanse(outer.data(), outer.size());
  return digest;
}

std::uint64_t siphash24(const SipKey& key, std::string_view bytes) noexcept {
  const std::uint64_t k0 = little_endian(key.data(), 8);
  const std::uint64_t k1 = little_endian(key.data() + 8, 8);
  SipState state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
  const std::size_t whole = bytes.size() / 8 * 8;
  for (std::size_t i = 0; i < whole; i += 8) state.absorb(little_endian(bytes.data() + i, 8));
  std::uint64_t last = static_cast<std::uint64_t>(bytes.size()) << 56;
  if (bytes.size() != whole) last |= little_endian(bytes.data() + whole, bytes.size() - whole);
  state.absorb(last);
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace acq::crypto
