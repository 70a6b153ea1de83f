#include "gateway/routes.hpp"

#include <optional>

namespace acq::gateway {
namespace {

constexpr std::string_view parameter_mark = "{id}";

/// The parameter (empty when the pattern has none), or nothing when the path is another one.
std::optional<std::string_view> parameter_of(std::string_view pattern, std::string_view path) noexcept {
  if (!pattern.ends_with(parameter_mark)) {
    return pattern == path ? std::optional(std::string_view{}) : std::nullopt;
  }
  const auto stem = pattern.substr(0, pattern.size() - parameter_mark.size());
  if (!path.starts_with(stem)) return std::nullopt;
  const auto segment = path.substr(stem.size());
  if (segment.empty() || segment.find('/') != std::string_view::npos) return std::nullopt;
  return segment;
}

}  // namespace

Match match_route(std::string_view method, std::string_view path) {
  Match match;
  for (const auto& route : routes) {
    const auto parameter = parameter_of(route.path, path);
    if (!parameter) continue;
    if (route.method == method) return {route.id, *parameter, {}};
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += route.method;
  }
  return match;
}

}  // namespace acq::gateway
