#include "gateway/standing.hpp"

#include "common/domain/idempotency.hpp"
#include "common/domain/state_machine.hpp"

namespace acq::gateway {
namespace {

/// A next attempt may follow it, now or when it has ended.
bool may_be_followed(PaymentState state) noexcept {
  return !is_final(state) || state == PaymentState::declined || state == PaymentState::closed;
}

}  // namespace

AttemptVerdict judge_attempt(const Payment& payment, const std::optional<Fingerprint>& begun_with,
                             const PaymentRequested& intent) {
  if (payment.attempt >= intent.attempt && begun_with) {
    auto differing = differing_fields(*begun_with, intent.fingerprint);
    const auto standing = differing.empty() ? AttemptStanding::begun : AttemptStanding::differs;
    return {standing, std::move(differing)};
  }
  const auto refused = attempt_refused(payment, intent);
  if (!refused) return {AttemptStanding::open};
  if (*refused != "fields_differ") return {AttemptStanding::not_open};
  AttemptVerdict verdict{AttemptStanding::differs};
  if (intent.amount != payment.amount) verdict.differing.push_back(Field::amount);
  if (intent.currency != payment.currency) verdict.differing.push_back(Field::currency);
  return verdict;
}

CloseStanding judge_close(const Payment& payment, std::int32_t attempt) noexcept {
  if (attempt < payment.attempt) return CloseStanding::ended;
  if (attempt > payment.attempt) return may_be_followed(payment.state) ? CloseStanding::open : CloseStanding::ended;
  if (is_final(payment.state)) return CloseStanding::ended;
  return payment.close == CloseState::asked ? CloseStanding::asked : CloseStanding::open;
}

}  // namespace acq::gateway
