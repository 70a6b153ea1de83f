// Wiping: the only part of Secret that needs a library.
#include "common/crypto/secret.hpp"

#include <openssl/crypto.h>

namespace acq::crypto {

void Secret::wipe() noexcept {
  // A moved-from short string still has its bytes in the object, so the whole capacity is wiped, not only the size.
  bytes_.resize(bytes_.capacity());
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  bytes_.clear();
}

}  // namespace acq::crypto
