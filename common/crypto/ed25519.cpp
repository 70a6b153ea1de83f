#include "common/crypto/ed25519.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "common/crypto/handles.hpp"

namespace acq::crypto {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Key private_key_of(const Secret& seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed.reveal()), seed.reveal().size()));
  require(key != nullptr, "an Ed25519 private key has 32 bytes");
  return key;
}

std::string raw_public_key(EVP_PKEY* key) {
  std::string raw(ed25519_key_bytes, '\0');
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size) != 1) return {};
  return size == raw.size() ? raw : std::string();
}

}  // namespace

bool verify_ed25519(std::string_view public_key, std::string_view bytes, std::string_view signature) {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(public_key), public_key.size()));
  const DigestContext context(EVP_MD_CTX_new());
  const bool verified =
      key != nullptr && context != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(bytes), bytes.size()) == 1;
  if (!verified) ERR_clear_error();
  return verified;
}

std::string sign_ed25519(const Secret& private_key, std::string_view bytes) {
  const auto key = private_key_of(private_key);
  const DigestContext context(EVP_MD_CTX_new());
  std::string signature(64, '\0');
  std::size_t size = signature.size();
  require(context != nullptr && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
              EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, octets(bytes),
                             bytes.size()) == 1 &&
              size == signature.size(),
          "Ed25519 does not sign");
  return signature;
}

std::string ed25519_public_key(const Secret& private_key) {
  return raw_public_key(private_key_of(private_key).get());
}

std::string ed25519_from_pem(std::string_view pem) {
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(bio != nullptr, "no memory for a key");
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    ERR_clear_error();
    return {};
  }
  return raw_public_key(key.get());
}

}  // namespace acq::crypto
