// POST /v1/signature-check: a signed request of any body is told what base we computed for it and what is wrong with
// it. It asks for no merchant, because who cannot sign yet needs it most; nothing is stored, and no body is read.
// Admission gives so many a second and no more, for one may cost a dozen verifications.
#pragma once
#include <cstdint>

#include "common/http/message.hpp"
#include "gateway/merchant_directory.hpp"
#include "gateway/request_metrics.hpp"

namespace acq::gateway::handlers {

/// One per core.
class SignatureChecks {
 public:
  explicit SignatureChecks(RequestMetrics& metrics) : metrics_(metrics) {}

  http::Response check(const http::Request& request, const DirectorySnapshot& directory, std::int64_t now_ms);

 private:
  RequestMetrics& metrics_;
};

}  // namespace acq::gateway::handlers
