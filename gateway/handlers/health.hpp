// The admin port: /livez (the process runs), /readyz (it may get traffic; each dependency with its age), /metrics.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.hpp"

namespace acq::gateway::handlers {

struct Dependency {
  std::string_view name;
  bool fine = false;
  bool needed = false;          ///< not ready without it
  std::int64_t seen_at_ms = 0;  ///< when it was last known to be fine; 0: never, or not now
};

struct Load {
  std::size_t in_flight = 0;
  std::size_t in_flight_max = 0;
  std::size_t cores_not_reading = 0;
};

struct Readiness {
  bool draining = false;
  std::vector<Dependency> dependencies;
  Load load{};  ///< told, and never a reason: a gateway that refuses some is the one to send the rest to
};

/// 200 or 503, as JSON.
http::Response readiness_response(const Readiness& readiness, std::int64_t now_ms);
/// Answers the three paths; anything else is 404.
http::Response answer_admin(const http::Request& request, const std::function<Readiness()>& readiness);

}  // namespace acq::gateway::handlers
