// OpenSSL's handles as unique_ptr, and how its failures surface. Private to common/crypto.
#pragma once
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace acq::crypto {

struct FreeDigestContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
struct FreeCipherContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigestContext>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipherContext>;

/// A primitive that fails is a broken installation, not an input's fault.
inline void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(what);
}

}  // namespace acq::crypto
