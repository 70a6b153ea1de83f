// What a merchant makes of an answer to a create, and when it asks again. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/domain/ids.hpp"
#include "common/http/client.hpp"

namespace acq::load {

enum class Next : std::uint8_t {
  accepted,  ///< 2xx: the payment is the gateway's to finish
  again,     ///< the same number, the same fields, later
  refused,   ///< a plain no: asking again would not change it
};

struct Judgement {
  Next next = Next::again;
  /// Whether the payment may have been accepted although nobody said so. A refusal after such a try proves nothing
  /// about the earlier one.
  bool may_exist = false;
  std::string code;                     ///< of the problem; "no_answer" when none came
  std::optional<PaymentId> payment_id;  ///< told by a 2xx or by outcome_unknown
  std::string state;                    ///< of a 2xx's payment
  std::int64_t retry_after_ms = 0;      ///< 0: the answer does not say
};

/// `answer` null: refused connection, timeout, reset.
Judgement judge_create(const http::ClientAnswer* answer);

/// The server's word, else 100 ms doubling to 2 s; up to half as much again by `random` in [0, 1), so that a crowd
/// that was refused together does not come back together.
std::int64_t retry_delay_ms(std::int64_t retry_after_ms, std::int32_t tries, double random) noexcept;

}  // namespace acq::load
