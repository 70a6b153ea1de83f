// What kind of work a request is. Each kind keeps a part of what there is, so that a flood of one cannot starve
// another.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "gateway/routes.hpp"

namespace acq::gateway {

enum class WorkKind : std::uint8_t {
  create,        ///< a new payment: the kind that comes in floods
  query,         ///< every GET
  change,        ///< refunds and closes, and whatever else is written
  notification,  ///< the channel's
  signature_check,
};
inline constexpr std::size_t work_kind_count = 5;

constexpr std::string_view name_of(WorkKind kind) {
  constexpr std::array<std::string_view, work_kind_count> names{"create", "query", "change", "notification",
                                                                "signature_check"};
  return names[static_cast<std::size_t>(kind)];
}

/// A route that is new has a kind by its method.
constexpr WorkKind kind_of(const Route& route) {
  if (route.id == RouteId::create_payment) return WorkKind::create;
  if (route.id == RouteId::channel_notification) return WorkKind::notification;
  if (route.path == "/v1/signature-check") return WorkKind::signature_check;
  return route.method == "GET" ? WorkKind::query : WorkKind::change;
}

namespace detail {
constexpr auto kinds_by_route() {
  std::array<WorkKind, route_count> kinds{};
  for (const auto& route : routes) kinds[static_cast<std::size_t>(route.id)] = kind_of(route);
  return kinds;
}
inline constexpr auto kinds = kinds_by_route();
}  // namespace detail

constexpr WorkKind kind_of(RouteId id) {
  return detail::kinds[static_cast<std::size_t>(id)];
}

}  // namespace acq::gateway
