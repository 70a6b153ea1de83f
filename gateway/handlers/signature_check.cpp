#include "gateway/handlers/signature_check.hpp"

#include "common/codec/json_document.hpp"
#include "common/limits.hpp"
#include "gateway/answers.hpp"
#include "gateway/request_headers.hpp"
#include "gateway/signature_diagnosis.hpp"

namespace acq::gateway::handlers {
namespace {

std::string to_json(const SignatureDiagnosis& diagnosis) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().member("verified", diagnosis.verified).key("signature_base");
  if (diagnosis.base)
    writer.value(*diagnosis.base);
  else
    writer.null();
  writer.key("checks").begin_array();
  for (const auto& check : diagnosis.checks) {
    writer.begin_object().member("part", check.part).member("ok", check.ok);
    if (!check.ok) writer.member("detail", check.detail);
    writer.end_object();
  }
  writer.end_array().end_object();
  return out;
}

}  // namespace

http::Response SignatureChecks::check(const http::Request& request, const DirectorySnapshot& directory,
                                      std::int64_t now_ms) {
  if (!accepts_json(header(request, "accept"))) return problem(Errc::not_acceptable, request);
  if (!within_budget(now_ms)) return problem(Errc::rate_limited, request);
  http::Response response;
  response.body = to_json(diagnose(request, directory, now_ms));
  return response;
}

bool SignatureChecks::within_budget(std::int64_t now_ms) {
  const std::int64_t second = now_ms / 1000;
  if (second != second_) {
    second_ = second;
    given_ = 0;
  }
  return ++given_ <= limits::signature_checks_per_second;
}

http::Response SignatureChecks::problem(Errc code, const http::Request& request) {
  metrics_.refused(code);
  return problem_response({.code = code}, request.request_id);
}

}  // namespace acq::gateway::handlers
