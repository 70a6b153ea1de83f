#include "gateway/refund_standing.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace acq::gateway {
namespace {

/// In the order of RefundFingerprint.
constexpr std::array<std::string_view, refund_field_count> pointers{"/payment_id", "/amount", "/reason"};
static_assert(refund_field_count <= field_count);

}  // namespace

RefundJudgement judge_refund(const Payment& payment, const RefundGate& gate, const RefundRequested& intent) noexcept {
  if (refund_refused(payment, gate, intent)) return {};
  return {intent.amount <= gate.left() ? RefundStanding::open : RefundStanding::exceeds, gate.left()};
}

RefundFingerprint fingerprint_of(const PaymentId& payment, const codec::RefundWanted& wanted,
                                 const crypto::SipKey& key) {
  const auto hash = [&](std::string_view text) { return static_cast<std::uint32_t>(crypto::siphash24(key, text)); };
  return {hash(payment.raw()), hash(std::to_string(wanted.amount)), hash(wanted.reason)};
}

std::vector<FieldFault> differing_refund_fields(const RefundFingerprint& a, const RefundFingerprint& b) {
  std::vector<FieldFault> faults;
  for (std::size_t i = 0; i < refund_field_count; ++i) {
    if (a[i] != b[i]) faults.push_back({std::string(pointers[i]), "differs"});
  }
  return faults;
}

Fingerprint reserved_form(const RefundFingerprint& fingerprint) noexcept {
  Fingerprint form{};
  std::ranges::copy(fingerprint, form.begin());
  return form;
}

RefundFingerprint refund_fingerprint_of(const Reservation& reservation) noexcept {
  RefundFingerprint fingerprint{};
  std::copy_n(reservation.fingerprint.begin(), refund_field_count, fingerprint.begin());
  return fingerprint;
}

}  // namespace acq::gateway
