// What a stored payment lets its merchant do: begin another attempt (P8), close one (P12). Pure; the writer decides
// again in its transaction.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "common/domain/intents.hpp"
#include "common/domain/payment.hpp"

namespace acq::gateway {

enum class AttemptStanding : std::uint8_t {
  open,      ///< it may begin
  begun,     ///< it has begun with the same fields: the payment as it is now
  differs,   ///< it has begun with other fields, or asks for another amount or currency than its payment
  not_open,  ///< the last one has not ended, or well, or it is further ahead
};
struct AttemptVerdict {
  AttemptStanding standing = AttemptStanding::not_open;
  std::vector<Field> differing{};
};
/// `begun_with`: the fingerprint under which this attempt's number was taken, if it was. Of `intent` only attempt,
/// amount, currency and fingerprint are looked at.
AttemptVerdict judge_attempt(const Payment& payment, const std::optional<Fingerprint>& begun_with,
                             const PaymentRequested& intent);

enum class CloseStanding : std::uint8_t {
  open,   ///< it can be asked for
  asked,  ///< it was: the payment as it is
  ended,  ///< the attempt has ended, or can never begin
};
CloseStanding judge_close(const Payment& payment, std::int32_t attempt) noexcept;

}  // namespace acq::gateway
