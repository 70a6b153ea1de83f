#include "gateway/handlers/signature_check.hpp"

#include "common/codec/json_document.hpp"
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
  if (!accepts_json(header(request, "accept"))) {
    metrics_.refused(Errc::not_acceptable);
    return problem_response({.code = Errc::not_acceptable}, request.request_id);
  }
  http::Response response;
  response.body = to_json(diagnose(request, directory, now_ms));
  return response;
}

}  // namespace acq::gateway::handlers
