// Who may come in, in P1's order: the gateway's budget from the head alone, before body and signature; then, once the
// signature held, the merchant's share. Nothing is looked up or reserved before both said yes.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/http/message.hpp"
#include "gateway/admission_rules.hpp"
#include "gateway/in_flight_budget.hpp"
#include "gateway/merchant_directory.hpp"
#include "gateway/merchant_share.hpp"
#include "gateway/refusal_allowance.hpp"

namespace acq::gateway {

struct AdmissionRefusal {
  Errc code = Errc::overloaded;
  std::int64_t retry_after_ms = 0;
};

/// How much of its rate a merchant has left (draft-ietf-httpapi-ratelimit-headers).
struct RateLeft {
  WorkKind kind = WorkKind::create;
  std::int64_t per_second = 0;
  std::int64_t left = 0;
  std::int64_t full_after_ms = 0;

  /// Below a fifth merchants are told.
  bool worth_telling() const noexcept { return per_second > 0 && left * 5 < per_second; }
  void tell(http::Response& response) const;
};

/// Monotonic nanoseconds: what rates are counted in.
std::int64_t steady_ns() noexcept;

/// One per core, used on that core.
class Admission {
 public:
  Admission(const AdmissionRules& rules, GatewayLoad& gateway, MerchantShares& merchants, std::size_t core);

  /// In flight while it lives: in the gateway's count, and in its merchant's once that let it in.
  class Entry {
   public:
    Entry(Admission& admission, WorkKind kind) : admission_(&admission), kind_(kind) {}
    Entry(Entry&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)), merchant_(other.merchant_), kind_(other.kind_) {}
    Entry& operator=(Entry&&) = delete;
    ~Entry() {
      if (admission_ != nullptr) admission_->leave(*this);
    }

   private:
    friend class Admission;
    Admission* admission_;
    MerchantShare* merchant_ = nullptr;
    WorkKind kind_;
  };

  /// Whether a request of this kind would be refused now. It takes no place: a body that comes slowly holds none.
  std::optional<AdmissionRefusal> look(WorkKind kind, std::int64_t now_ns);
  /// Signature checks have a rate of their own, for all merchants together.
  std::optional<AdmissionRefusal> take_signature_check(std::int64_t now_ns);
  /// False: look() would refuse nobody, so nobody needs to be asked for his kind.
  bool crowded() const noexcept { return budget_.crowded(); }
  /// The gateway's budget. After look(), which says why not.
  Entry enter(WorkKind kind);
  /// The merchant's share; only behind a signature that held.
  std::optional<AdmissionRefusal> enter_merchant(Entry& entry, const Merchant& merchant, std::int64_t now_ns,
                                                 RateLeft& rate);

  /// An answer that did nothing for anybody was given. True: stop reading.
  bool spent(std::int64_t weight, std::int64_t now_ms) { return allowance_.spend(weight, now_ms); }
  RefusalAllowance& allowance() noexcept { return allowance_; }
  CoreLoad& load() noexcept { return load_; }

 private:
  void leave(const Entry& entry) noexcept;
  AdmissionRefusal overloaded(std::int64_t now_ns);
  MerchantShare& share_of(const MerchantId& id);

  const AdmissionRules rules_;
  MerchantShares& merchants_;
  CoreLoad& load_;
  InFlightBudget budget_;
  RefusalAllowance allowance_;
  std::unordered_map<MerchantId, MerchantShare*> known_;  ///< so that the shared table is asked once a merchant
  std::int64_t signature_checks_per_second_;
  std::int64_t signature_checks_due_ns_ = 0;
  // How fast places become free, measured only while somebody is refused.
  std::int64_t line_ns_ = 0;
  std::int64_t pace_ns_ = 0;
  std::int64_t measured_at_ns_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t left_when_measured_ = 0;
};

}  // namespace acq::gateway
