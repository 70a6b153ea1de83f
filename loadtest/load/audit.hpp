// The audit: what the merchant was told, against the bank's database, the channel's books and the callbacks that came.
// Pure: audit_collect.cpp gathers the evidence. Every rule here has a test that plants its difference.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/domain/payment.hpp"
#include "loadtest/load/received_events.hpp"

namespace acq::load {

/// How the merchant's own record of an order ended.
enum class Told : std::uint8_t {
  accepted,    ///< a 2xx: everything is owed
  refused,     ///< a plain no, and no try before it that may have got through: nothing may have happened
  unresolved,  ///< nobody said: at most one charge, and what is stored must be final
};

struct AuditOrder {
  std::string number;
  std::int64_t amount = 0;
  PaymentState expected_state = PaymentState::succeeded;
  std::string_view expected_decline_code;
  std::int64_t expires_after_ms = 0;  ///< a payment that waited longer may lawfully end closed, uncharged
  Told told = Told::accepted;
  PaymentId payment_id;              ///< of the 2xx; meaningful when accepted
  std::vector<PaymentId> other_ids;  ///< told by outcome_unknown, by a read by number, or by a callback
};

/// One row of the operator's look-up.
enum class Verdict : std::uint8_t { applied, alias, parked, absent };
struct LookedUp {
  Verdict verdict = Verdict::absent;
  PaymentId payment_id;  ///< the canonical one
  std::string merchant_order_id;
  std::int64_t amount = 0;
  PaymentState state = PaymentState::accepted;
  std::int32_t sequence = 0;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t created_at_ms = 0;
  std::int64_t updated_at_ms = 0;
};

struct Charged {
  std::int64_t charges = 0;
  std::int64_t charged_amount = 0;
};

struct Evidence {
  std::vector<AuditOrder> orders;
  std::unordered_map<PaymentId, LookedUp> lookups;   ///< by the id that was asked
  std::unordered_map<std::string, Charged> charges;  ///< by order number
  std::vector<ReceivedEvent> events;                 ///< verified ones
};

enum class DifferenceKind : std::uint8_t {
  absent,  ///< answered 2xx, and the database does not know it: lost
  parked,  ///< answered 2xx, and waits for an operator
  not_final,
  two_payments,   ///< two canonical payments under one order number
  wrong_order,    ///< the id belongs to another order number
  wrong_state,    ///< final, but not as the channel decided
  wrong_amount,   ///< the database holds another amount
  wrong_charges,  ///< charged too often, or not at all
  wrong_charged_amount,
  no_callback,       ///< the merchant was never told the final state
  wrong_callback,    ///< told another state, amount or order than the database holds
  callback_changed,  ///< one event id with two contents
  refused_charged,   ///< refused, and charged all the same
};
std::string_view name_of(DifferenceKind kind) noexcept;
/// Whether waiting longer may mend it.
bool may_settle(DifferenceKind kind) noexcept;

struct Difference {
  DifferenceKind kind;
  std::string order;
  std::string payment_id;  ///< empty when none is known
  std::string text;        ///< what was expected and what was found
};

struct AuditResult {
  std::vector<Difference> differences;
  std::int64_t accepted = 0, refused = 0, unresolved = 0;
  std::int64_t succeeded = 0, declined = 0, expired = 0;  ///< of the accepted
  std::int64_t aliases = 0;                               ///< accepted ids that are another's second name
  std::int64_t unresolved_stored = 0;                     ///< unresolved ones that the database holds
  std::int64_t charges = 0, charged_amount = 0;
};

/// Differences in the order of `orders`. One fault gives one difference: what follows from it is not told again.
AuditResult audit(const Evidence& evidence);

}  // namespace acq::load
