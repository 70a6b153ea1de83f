// Which resource a request is for. The table is data; matching looks at method and path alone, before anything else.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace acq::gateway {

enum class RouteId : std::uint8_t {
  none,
  create_payment,
  payments_by_query,
  payment_by_id,
  close_by_number,
  close_by_id,
  create_refund,
  refunds_of_payment,
  refund_by_number,
  refund_by_id,
  signature_check,
  channel_notification,
};
inline constexpr std::size_t route_count = 12;

struct Route {
  RouteId id;
  std::string_view name;  ///< the metrics' label
  std::string_view method;
  std::string_view path;  ///< "{id}" stands for one segment
};

inline constexpr std::array routes{
    Route{RouteId::create_payment, "create_payment", "POST", "/v1/payments"},
    Route{RouteId::payments_by_query, "payments_by_query", "GET", "/v1/payments"},
    Route{RouteId::payment_by_id, "payment_by_id", "GET", "/v1/payments/{id}"},
    Route{RouteId::close_by_number, "close_by_number", "POST", "/v1/payments/close"},
    Route{RouteId::close_by_id, "close_by_id", "POST", "/v1/payments/{id}/close"},
    Route{RouteId::create_refund, "create_refund", "POST", "/v1/payments/{id}/refunds"},
    Route{RouteId::refunds_of_payment, "refunds_of_payment", "GET", "/v1/payments/{id}/refunds"},
    Route{RouteId::refund_by_number, "refund_by_number", "GET", "/v1/refunds"},
    Route{RouteId::refund_by_id, "refund_by_id", "GET", "/v1/refunds/{id}"},
    Route{RouteId::signature_check, "signature_check", "POST", "/v1/signature-check"},
    Route{RouteId::channel_notification, "channel_notification", "POST", "/channel/v1/notifications"},
};

/// What such a request asks for goes to the log: it is refused while the log may not keep it long enough (P30).
constexpr bool offers_intent(RouteId id) {
  return id == RouteId::create_payment || id == RouteId::close_by_number || id == RouteId::close_by_id ||
         id == RouteId::create_refund || id == RouteId::channel_notification;
}
/// A merchant's request that may concern money: its errors say so (P6).
constexpr bool concerns_money(RouteId id) {
  return offers_intent(id) && id != RouteId::channel_notification;
}

constexpr std::string_view name_of(RouteId id) {
  for (const auto& route : routes) {
    if (route.id == id) return route.name;
  }
  return "none";
}

struct Match {
  RouteId id = RouteId::none;
  std::string_view parameter;  ///< the segment that "{id}" stood for
  std::string allow;           ///< where the path is known but not with this method: the methods it takes
};

Match match_route(std::string_view method, std::string_view path);

}  // namespace acq::gateway
