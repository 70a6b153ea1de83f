// Whole requests as bytes, made before the clock runs: distinct order numbers, a signature each.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "common/crypto/secret.hpp"

namespace acq::bench {

struct Signer {
  std::string key_id;
  crypto::Secret key;
};

struct RequestKind {
  std::string number_prefix;  ///< order numbers are this and 0, 1, …
  std::string callback_url;   ///< empty: none
  int attempt = 1;
};

/// POST /v1/payments, a barcode payment of 10.00 each.
std::vector<std::string> payment_requests(const Signer& signer, const RequestKind& kind, std::size_t count);

}  // namespace acq::bench
