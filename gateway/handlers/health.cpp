#include "gateway/handlers/health.hpp"

#include <algorithm>

#include "common/codec/json_document.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/metrics.hpp"
#include "gateway/answers.hpp"

namespace acq::gateway::handlers {

http::Response readiness_response(const Readiness& readiness, std::int64_t now_ms) {
  const auto& all = readiness.dependencies;
  const bool ready = !readiness.draining && std::all_of(all.begin(), all.end(), [](const Dependency& dependency) {
    return dependency.fine || !dependency.needed;
  });
  http::Response response;
  response.status = ready ? 200 : 503;
  codec::JsonWriter json(response.body);
  json.begin_object().member("ready", ready).member("draining", readiness.draining).key("dependencies").begin_array();
  for (const auto& dependency : all) {
    json.begin_object().member("name", dependency.name).member("ok", dependency.fine);
    json.member("needed", dependency.needed).key("age_ms");
    if (dependency.seen_at_ms == 0) {
      json.null();
    } else {
      json.value(std::max<std::int64_t>(0, now_ms - dependency.seen_at_ms));
    }
    json.end_object();
  }
  json.end_array().key("admission").begin_object();
  json.member("in_flight", static_cast<std::int64_t>(readiness.load.in_flight));
  json.member("in_flight_max", static_cast<std::int64_t>(readiness.load.in_flight_max));
  json.member("cores_not_reading", static_cast<std::int64_t>(readiness.load.cores_not_reading));
  json.end_object().end_object();
  if (!ready) response.headers.emplace_back("Retry-After", "1");
  return response;
}

http::Response answer_admin(const http::Request& request, const std::function<Readiness()>& readiness) {
  const bool known = request.path == "/livez" || request.path == "/readyz" || request.path == "/metrics";
  if (!known) return problem_response({.code = Errc::not_found}, request.request_id);
  if (request.method != "GET") {
    auto refused = problem_response({.code = Errc::method_not_allowed}, request.request_id);
    refused.headers.emplace_back("Allow", "GET");
    return refused;
  }
  if (request.path == "/readyz") return readiness_response(readiness(), runtime::unix_ms());
  http::Response response;
  if (request.path == "/livez") {
    response.body = R"({"alive":true})";
  } else {
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = runtime::metrics_text();
  }
  return response;
}

}  // namespace acq::gateway::handlers
