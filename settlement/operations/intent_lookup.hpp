// What MariaDB says of intents by their ids: over payments, refunds, their aliases, dead letters and the verdicts of
// later intents (P11). For the balance of the witness (P5), in both directions. Reads only.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/payment.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::settlement::operations {

enum class IntentVerdict : std::uint8_t { applied, alias, refused, parked, held, absent };
std::string_view name_of(IntentVerdict verdict) noexcept;
std::optional<IntentVerdict> intent_verdict_from_name(std::string_view name) noexcept;

struct LookedUpIntent {
  IntentId asked;
  IntentVerdict verdict = IntentVerdict::absent;
  std::optional<PaymentId> payment_id;
  std::string state;             ///< the refund's of a refund's intent, else the payment's, where there is one
  bool final = false;            ///< its state is
  bool open = false;             ///< it still owes something: an answer of the channel, or a callback
  std::string number;            ///< merchant and order number: an applied create has it for itself alone
  std::int64_t log_offset = -1;  ///< where it was applied
  std::int32_t partition = -1;
};

inline constexpr std::size_t intents_asked_max = 500;

/// In the order asked. A dead letter that was replayed and applied counts as applied.
Result<std::vector<LookedUpIntent>> look_up_intents(mariadb::Connection& connection, std::span<const IntentId> ids);

/// Ids with a row of their own whose time lies in [from_ms, to_ms), behind `after`, in order, at most `limit`.
Result<std::vector<IntentId>> stored_intents(mariadb::Connection& connection, std::int64_t from_ms, std::int64_t to_ms,
                                             const IntentId& after, std::size_t limit);

/// SQL that is true for a payment that still owes something; the alias is `p`. One place, because a state that is
/// missing here is a payment that nobody looks for.
inline constexpr std::string_view payment_is_open =
    "(p.told_sequence < p.sequence OR p.state NOT IN ('succeeded','declined','closed','refused','reversed'))";

}  // namespace acq::settlement::operations
