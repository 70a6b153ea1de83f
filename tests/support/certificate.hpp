// Certificates of a test's own: a fresh EC key and a self-signed certificate for 127.0.0.1, as PEM files.
#pragma once
#include <string>

#include "common/http/tls.hpp"

namespace acq::test {

/// Writes `folder`/`name`.crt and .key. `days` may be negative: expired.
http::TlsFiles write_certificate(const std::string& folder, const std::string& name, int days = 30);

}  // namespace acq::test
