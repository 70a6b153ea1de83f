// The create: reserve, offer to witness and log side by side, say what is known (P1 to P6). A later attempt reads
// MariaDB first (P8) and then goes the same way under a reservation of its own. One per core.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "common/crypto/digest.hpp"
#include "common/domain/intents.hpp"
#include "common/domain/payment.hpp"
#include "gateway/answers.hpp"
#include "gateway/merchant_directory.hpp"
#include "gateway/offer.hpp"
#include "gateway/payment_reader.hpp"
#include "gateway/reservations.hpp"

namespace acq::gateway {

/// What a merchant asks, with what is known of it so far.
struct Asked {
  Merchant merchant;
  PaymentRequest request;
  std::string traceparent;
  std::int64_t began_ms = 0;              ///< monotonic, when the request came: the deadline counts from there
  std::optional<StoredPayment> before{};  ///< the payment that a later attempt continues
};

/// What a create got: accepted by this request, or by an earlier one (`replayed`).
struct Created {
  PaymentId payment_id;
  bool replayed = false;
  Shown shown;
};
using Creation = std::variant<Refusal, Created>;

class PaymentIntake {
 public:
  struct Parts {
    Reservations& reservations;
    Offers& offers;
    PaymentReader& reader;
    const std::shared_ptr<const DirectorySnapshot>& directory;  ///< the core's current one
    crypto::SipKey fingerprint_key;
    std::int32_t partitions;
  };
  explicit PaymentIntake(Parts parts) : parts_(parts) {}

  boost::asio::awaitable<Creation> create(Asked asked);

 private:
  Reservation wanted_reservation(const Asked& asked, std::int64_t now_ms) const;
  /// Errc::internal when the day key of a payment code is missing.
  Result<PaymentRequested> intent_of(const Asked& asked, const Reservation& reservation) const;
  /// The payment as its 202 shows it.
  Shown accepted_view(const Asked& asked, const PaymentRequested& intent) const;
  /// Of a later attempt: accepted_view, for those who read before the writer has it.
  std::string marker_of(const Asked& asked, const PaymentRequested& intent) const;
  boost::asio::awaitable<Creation> later_attempt(Asked asked);
  boost::asio::awaitable<Creation> accept(Asked asked);
  boost::asio::awaitable<Creation> offer(Claim claim, PaymentRequested intent, Asked asked);
  boost::asio::awaitable<Creation> replay(Claim claim, Asked asked);

  Parts parts_;
};

}  // namespace acq::gateway
