// How a row of `payments` becomes a Payment: the columns that are asked for and their order. Shared by the SQL of
// single reads and of lists.
#pragma once
#include <optional>
#include <string>

#include "common/domain/payment.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::gateway {

/// For a SELECT from `payments p`.
std::string payment_columns();
/// Nothing when a value is none of ours. Earlier attempts are not in the row.
std::optional<Payment> payment_from_row(const mariadb::Row& row);

}  // namespace acq::gateway
