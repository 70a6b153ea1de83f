// One page of a merchant's payments out of MariaDB, newest first. Blocking; run on the lists' own pool.
#pragma once
#include <optional>
#include <vector>

#include "gateway/payment_filter.hpp"
#include "gateway/stored_payments.hpp"

namespace acq::gateway {

struct PaymentPage {
  std::vector<StoredPayment> payments;
  std::optional<PaymentId> next_after;  ///< the next page holds what is older than this; nothing: this was the last
};

/// Payments in `range` and older than `after` (where it is set), at most `limit`. Looks at no more than
/// limits::list_rows_looked_at_max rows: a page may hold fewer than `limit`, or none, and still have a next one.
Result<PaymentPage> read_page(mariadb::Connection& connection, const MerchantId& merchant, const PaymentFilter& filter,
                              const std::optional<PaymentId>& after, std::size_t limit);

}  // namespace acq::gateway
