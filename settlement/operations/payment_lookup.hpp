// What MariaDB says of payments, by the ids that merchants were given: for audits by an outsider. Reads only.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "common/domain/payment.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::settlement::operations {

enum class Verdict : std::uint8_t { applied, alias, parked, absent };
std::string_view name_of(Verdict verdict) noexcept;

struct LookedUp {
  PaymentId asked;
  Verdict verdict = Verdict::absent;
  Payment payment;  ///< the canonical one; set for applied and alias
};

inline constexpr std::size_t lookup_ids_max = 500;

/// In the order asked.
Result<std::vector<LookedUp>> look_up_payments(mariadb::Connection& connection, std::span<const PaymentId> ids);

}  // namespace acq::settlement::operations
