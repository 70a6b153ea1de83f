// Refunds put on a system's log as a gateway would have offered them, and what became of them in its database.
#pragma once
#include <cstdint>
#include <string>

#include "common/domain/intents.hpp"
#include "tests/support/system.hpp"

namespace acq::test {

/// As the system's merchant asks now, for its payment of that order number. The fingerprint follows from the fields.
RefundRequested refund_of(System& system, const std::string& payment_id, const std::string& order,
                          const std::string& number, std::int64_t amount);
/// Onto the log, in its own partition. Its refund id.
std::string offer(System& system, const RefundRequested& intent);

/// "succeeded", "failed refund_exceeds", "none"
std::string refund_state(System& system, const RefundId& id);
/// "captured refunding refunded" of the payment's newest attempt; "none"
std::string gate_of(System& system, const std::string& payment_id);
/// What one order's channel has given back.
std::int64_t given_back(System& system, const std::string& order);

}  // namespace acq::test
