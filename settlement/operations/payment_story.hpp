// One payment's whole way, from every table that knows of it, and whether its record is still on the log. Reads only;
// never the payer's code, never a secret (P24).
#pragma once
#include <string>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/mariadb/connection.hpp"
#include "settlement/operations/log_desk.hpp"

namespace acq::settlement::operations {

/// The payment behind an id that may be an intent's, an alias's or a payment's own. Errc::not_found.
Result<PaymentId> payment_behind(mariadb::Connection& connection, const IntentId& id);

struct NumberHolder {
  MerchantId merchant_id;
  std::string merchant_name;
  PaymentId payment_id;
};
inline constexpr std::size_t merchants_searched_max = 20'000;
/// Who has a payment under this order number; of one merchant only, when given.
Result<std::vector<NumberHolder>> holders_of(mariadb::Connection& connection, const std::string& merchant_order_id,
                                             const MerchantId* merchant);

/// A JSON object. `id` may also be one that is only parked or absent. Errc::not_found when no table knows it.
Result<std::string> tell_story(mariadb::Connection& connection, LogDesk& log, const IntentId& id);

}  // namespace acq::settlement::operations
