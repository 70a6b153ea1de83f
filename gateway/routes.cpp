#include "gateway/routes.hpp"

#include <algorithm>
#include <optional>

namespace acq::gateway {
namespace {

constexpr std::string_view parameter_mark = "{id}";

/// The parameter (empty when the pattern has none), or nothing when the path is another one.
std::optional<std::string_view> parameter_of(std::string_view pattern, std::string_view path) noexcept {
  const auto at = pattern.find(parameter_mark);
  if (at == std::string_view::npos) return pattern == path ? std::optional(std::string_view{}) : std::nullopt;
  const auto before = pattern.substr(0, at);
  const auto after = pattern.substr(at + parameter_mark.size());
  if (path.size() < before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) {
    return std::nullopt;
  }
  const auto segment = path.substr(before.size(), path.size() - before.size() - after.size());
  if (segment.empty() || segment.find('/') != std::string_view::npos) return std::nullopt;
  return segment;
}

}  // namespace

Match match_route(std::string_view method, std::string_view path) {
  Match match;
  const bool is_named = std::ranges::find(routes, path, &Route::path) != routes.end();
  for (const auto& route : routes) {
    // What has a path of its own is no parameter's value: /v1/payments/close is no payment.
    const auto parameter = is_named && route.path != path ? std::nullopt : parameter_of(route.path, path);
    if (!parameter) continue;
    if (route.method == method) return {route.id, *parameter, {}};
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += route.method;
  }
  return match;
}

}  // namespace acq::gateway
