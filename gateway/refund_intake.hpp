// The refund: read from MariaDB what may be refunded (P8), reserve its number, offer it to witness and log, say what is
// known (P2 to P6). The writer's gate has the last word (P14). One per core.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <variant>

#include "common/codec/refund_json.hpp"
#include "common/crypto/digest.hpp"
#include "common/domain/intents.hpp"
#include "gateway/answers.hpp"
#include "gateway/merchant_directory.hpp"
#include "gateway/offer.hpp"
#include "gateway/payment_reader.hpp"
#include "gateway/refund_reader.hpp"
#include "gateway/refund_standing.hpp"
#include "gateway/reservations.hpp"

namespace acq::gateway {

/// A refund as it came: of whom, what, and when (monotonic).
struct RefundAsked {
  Merchant merchant;
  codec::RefundWanted wanted;
  std::string traceparent;
  std::int64_t began_ms = 0;
};

/// What a refund got: accepted by this request, or by an earlier one (`replayed`).
struct Refunding {
  StoredRefund refund;
  bool replayed = false;
};
using RefundCreation = std::variant<Refusal, Refunding>;

class RefundIntake {
 public:
  struct Parts {
    Reservations& reservations;
    Offers& offers;
    PaymentReader& payments;
    RefundReader& refunds;
    crypto::SipKey fingerprint_key;
    std::int32_t partitions;
  };
  explicit RefundIntake(Parts parts) : parts_(parts) {}

  /// `payment` may be an alias. Of it: not_found and not_yet_known as reading it (P7).
  boost::asio::awaitable<RefundCreation> create(RefundAsked asked, PaymentId payment);

 private:
  boost::asio::awaitable<RefundCreation> accept(RefundAsked asked, Payment payment, Reservation wanted);
  boost::asio::awaitable<RefundCreation> offer(Claim claim, RefundRequested intent, std::int64_t began_ms);
  boost::asio::awaitable<RefundCreation> replay(Claim claim, RefundRequested intent);

  Parts parts_;
};

/// A refund that MariaDB has under the number: as it is now, or the names of the fields that differ.
RefundCreation answer_known(NumberedRefund known, const RefundFingerprint& fingerprint);
/// Why it may not be asked for now. Not for RefundStanding::open.
Refusal refund_refusal(const RefundJudgement& judgement, const Payment& payment);
/// What is reserved under the number decides before the judgement does: it was accepted, or may have been. A number
/// whose request is dead and had other fields stands for nothing.
bool is_earlier_refund(const std::optional<Reservation>& reserved, const RefundFingerprint& fingerprint,
                       std::int64_t now_ms) noexcept;

}  // namespace acq::gateway
