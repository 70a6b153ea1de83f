// What GET /v1/payments asks for, out of its query: one payment by its order number, or a list. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/domain/payment.hpp"
#include "common/error/result.hpp"

namespace acq::gateway {

/// Which payments a list holds. Times are of creation, to the millisecond, both exclusive.
struct PaymentFilter {
  std::optional<PaymentState> state{};
  std::optional<std::int64_t> created_after_ms{};
  std::optional<std::int64_t> created_before_ms{};
};

struct ListWanted {
  PaymentFilter filter;
  std::size_t limit = limits::list_default;
  std::string cursor;  ///< as sent; empty: from the newest
};
struct NumberWanted {
  std::string merchant_order_id;
};
using QueryWanted = std::variant<NumberWanted, ListWanted>;

/// Errc::invalid_field with one fault per wrong parameter: unknown, duplicate, format, range, or conflict where a
/// number stands beside what belongs to a list.
Result<QueryWanted> read_payments_query(std::string_view query);

/// The smallest and the largest id that the filter leaves: an id begins with the time of creation (RFC 9562), which a
/// payment keeps through every offer and attempt (P20).
struct IdRange {
  PaymentId first;
  PaymentId last;
};
IdRange id_range(const PaymentFilter& filter);
/// The id next below; of the smallest, itself.
PaymentId before(const PaymentId& id);

}  // namespace acq::gateway
