// POST /v1/signature-check: a signed request of any body is told what base we computed for it and what is wrong with
// it. It asks for no merchant, because who cannot sign yet needs it most; nothing is stored, and no body is read.
#pragma once
#include <cstdint>

#include "common/http/message.hpp"
#include "gateway/merchant_directory.hpp"
#include "gateway/request_metrics.hpp"

namespace acq::gateway::handlers {

/// One per core. Anybody may ask, and an answer may cost a dozen verifications: so many a second are given, no more.
class SignatureChecks {
 public:
  explicit SignatureChecks(RequestMetrics& metrics) : metrics_(metrics) {}

  http::Response check(const http::Request& request, const DirectorySnapshot& directory, std::int64_t now_ms);

 private:
  bool within_budget(std::int64_t now_ms);
  http::Response problem(Errc code, const http::Request& request);

  RequestMetrics& metrics_;
  std::int64_t second_ = 0;
  std::int32_t given_ = 0;  ///< in that second
};

}  // namespace acq::gateway::handlers
