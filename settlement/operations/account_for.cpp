#include "settlement/operations/account_for.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "common/crypto/bytes.hpp"
#include "common/crypto/digest.hpp"

namespace acq::settlement::operations {
namespace {

bool is_stored(IntentVerdict verdict) {
  return verdict == IntentVerdict::applied || verdict == IntentVerdict::alias || verdict == IntentVerdict::refused;
}
bool is_parked(IntentVerdict verdict) {
  return verdict == IntentVerdict::parked || verdict == IntentVerdict::held;
}

}  // namespace

std::string_view name_of(Difference difference) noexcept {
  constexpr std::array names{"missing", "refused_stored", "doubled", "not_witnessed"};
  return names[static_cast<std::size_t>(difference)];
}

std::string plan_for(Difference difference, const IntentId& id) {
  const auto payment = PaymentId{id.bytes}.text();
  switch (difference) {
    case Difference::missing:
      return "acq replay --from-witness --only " + payment + " --apply --reason TEXT";
    case Difference::refused_stored:
      return "acq payment show " + payment + " (its merchant was told that nothing was accepted)";
    case Difference::doubled:
      return "acq payment show " + payment + " (two payments under one number)";
    case Difference::not_witnessed:
      return "acq payment show " + payment + " (was a gateway's witness left out?)";
  }
  return {};
}

bool Balance::holds() const {
  return differences.empty() && offered - refused == stored + parked + unread;
}

std::int64_t Balance::count(Difference difference) const {
  return std::count_if(differences.begin(), differences.end(),
                       [&](const auto& one) { return one.difference == difference; });
}

Balance balance(const std::vector<Accountable>& all) {
  Balance sum;
  std::unordered_map<std::string, std::int64_t> applied_under;
  for (const auto& one : all) {
    if (one.verdict == IntentVerdict::applied && !one.number.empty()) ++applied_under[one.number];
  }
  for (const auto& one : all) {
    const auto differs = [&](Difference how) { sum.differences.push_back({one.intent_id, one.partition, how}); };
    const bool stored = is_stored(one.verdict);
    const bool parked = is_parked(one.verdict);
    if (one.verdict == IntentVerdict::applied && !one.number.empty() && applied_under[one.number] > 1) {
      differs(Difference::doubled);
    }
    if (!one.witnessed) {
      if (stored || parked) differs(Difference::not_witnessed);
      continue;
    }
    if (one.young && !stored && !parked && !one.on_log) {
      ++sum.waiting;
      continue;
    }
    ++sum.offered;
    if (one.refused) {
      ++sum.refused;
      if (stored || parked || one.on_log) differs(Difference::refused_stored);
      continue;
    }
    if (stored) {
      ++sum.stored;
      if (one.verdict == IntentVerdict::alias) ++sum.aliases;
      ++(one.final ? sum.final : sum.open);
    } else if (parked) {
      ++sum.parked;
    } else if (one.on_log) {
      ++sum.unread;
    } else {
      differs(Difference::missing);
    }
  }
  return sum;
}

std::string digest_of(const Balance& sum) {
  std::string bytes;
  for (const auto number :
       {sum.offered, sum.refused, sum.stored, sum.aliases, sum.parked, sum.unread, sum.waiting, sum.final, sum.open}) {
    bytes += std::to_string(number) + " ";
  }
  for (const auto& one : sum.differences) {
    bytes += one.intent_id.text();
    bytes += name_of(one.difference);
  }
  return crypto::hex_encode(crypto::raw(crypto::sha256(bytes)));
}

}  // namespace acq::settlement::operations
