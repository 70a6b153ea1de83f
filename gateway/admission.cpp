#include "gateway/admission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "common/crypto/bytes.hpp"
#include "common/limits.hpp"

namespace acq::gateway {
namespace {

constexpr std::int64_t millisecond_ns = 1'000'000;
constexpr std::int64_t measure_every_ns = 100 * millisecond_ns;
/// Nobody comes back sooner: what is refused now is rarely over at once.
constexpr std::int64_t wait_ns_min = second_ns;

std::int64_t ms_of(std::int64_t ns) {
  return (ns + millisecond_ns - 1) / millisecond_ns;
}

}  // namespace

std::int64_t steady_ns() noexcept {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

void RateLeft::tell(http::Response& response) const {
  response.headers.emplace_back("RateLimit-Policy", fmt::format("\"{}\";q={};w=1", name_of(kind), per_second));
  response.headers.emplace_back("RateLimit",
                                fmt::format("\"{}\";r={};t={}", name_of(kind), left, (full_after_ms + 999) / 1000));
}

Admission::Admission(const AdmissionRules& rules, GatewayLoad& gateway, MerchantShares& merchants, std::size_t core)
    : rules_(rules),
      merchants_(merchants),
      load_(gateway.of(core)),
      budget_(gateway, core, rules.reserved_percent),
      allowance_((rules.refusals_per_second_max + static_cast<std::int64_t>(gateway.cores()) - 1) /
                 static_cast<std::int64_t>(gateway.cores())),
      signature_checks_per_second_(std::max<std::int64_t>(
          1, limits::signature_checks_per_second / static_cast<std::int64_t>(gateway.cores()))) {}

std::optional<AdmissionRefusal> Admission::look(WorkKind kind, std::int64_t now_ns) {
  if (!budget_.has_room(kind)) return overloaded(now_ns);
  return std::nullopt;
}

std::optional<AdmissionRefusal> Admission::take_signature_check(std::int64_t now_ns) {
  const Taken taken = take_one(signature_checks_due_ns_, now_ns, signature_checks_per_second_);
  if (taken.allowed) return std::nullopt;
  return AdmissionRefusal{Errc::rate_limited, ms_of(std::max(taken.wait_ns, wait_ns_min))};
}

AdmissionRefusal Admission::overloaded(std::int64_t now_ns) {
  if (now_ns - measured_at_ns_ >= measure_every_ns) {
    // Where nothing ends, everything in flight does by its deadline.
    constexpr std::int64_t deadline_ns = std::int64_t{limits::http_deadline_ms} * millisecond_ns;
    const auto ended = static_cast<std::int64_t>(left_ - left_when_measured_);
    const auto waiting = static_cast<std::int64_t>(std::max<std::size_t>(1, load_.total()));
    const bool first = measured_at_ns_ == 0;
    pace_ns_ = ended > 0 && !first ? (now_ns - measured_at_ns_) / ended : deadline_ns / waiting;
    measured_at_ns_ = now_ns;
    left_when_measured_ = left_;
  }
  const auto turn_ns = next_turn(line_ns_, now_ns, wait_ns_min, pace_ns_, crypto::random_word());
  return {Errc::overloaded, ms_of(turn_ns)};
}

Admission::Entry Admission::enter(WorkKind kind) {
  budget_.take(kind);
  return Entry(*this, kind);
}

std::optional<AdmissionRefusal> Admission::enter_merchant(Entry& entry, const Merchant& merchant, std::int64_t now_ns,
                                                          RateLeft& rate) {
  const WorkKind kind = entry.kind_;
  if (!MerchantShare::counts(kind)) return std::nullopt;
  MerchantShare& share = share_of(merchant.id);
  const std::int64_t per_second =
      merchant.rate_per_second > 0 ? merchant.rate_per_second : rules_.merchant_rate_per_second;
  const std::int32_t in_flight_max =
      merchant.in_flight_max > 0 ? merchant.in_flight_max : rules_.merchant_in_flight_max;
  const auto refused = [&](Errc code, std::int64_t wait_ns) {
    const auto turn_ns =
        share.turn_after(kind, now_ns, std::max(wait_ns, wait_ns_min), per_second, crypto::random_word());
    return AdmissionRefusal{code, ms_of(turn_ns)};
  };
  // The place first: who finds none has used nothing of his rate.
  if (!share.enter(kind, in_flight_max)) return refused(Errc::too_many_in_flight, 0);
  const Taken taken = share.take(kind, now_ns, per_second);
  rate = {kind, per_second, taken.left, ms_of(taken.full_ns)};
  if (!taken.allowed) {
    share.leave(kind);
    return refused(Errc::rate_limited, taken.wait_ns);
  }
  entry.merchant_ = &share;
  return std::nullopt;
}

void Admission::leave(const Entry& entry) noexcept {
  budget_.give_back(entry.kind_);
  if (entry.merchant_ != nullptr) entry.merchant_->leave(entry.kind_);
  ++left_;
}

MerchantShare& Admission::share_of(const MerchantId& id) {
  auto& known = known_[id];
  if (known == nullptr) known = &merchants_.of(id);
  return *known;
}

}  // namespace acq::gateway
