// The create: reserve, offer to witness and log side by side, say what is known (P1 to P6). One per core.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
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

  /// `began_ms` (monotonic) is when the request came: the deadline counts from there.
  boost::asio::awaitable<Creation> create(Merchant merchant, PaymentRequest request, std::string traceparent,
                                          std::int64_t began_ms);

 private:
  Reservation wanted_reservation(const Merchant& merchant, const PaymentRequest& request, std::int64_t now_ms) const;
  /// Errc::internal when the day key of a payment code is missing.
  Result<PaymentRequested> intent_of(const Merchant& merchant, const PaymentRequest& request,
                                     const Reservation& reservation, std::string traceparent) const;
  boost::asio::awaitable<Creation> offer(Claim claim, PaymentRequested intent, std::int64_t began_ms);
  boost::asio::awaitable<Creation> replay(Claim claim, Merchant merchant, PaymentRequest request);
  boost::asio::awaitable<Creation> attempt_not_open(Merchant merchant, PaymentRequest request);

  Parts parts_;
};

}  // namespace acq::gateway
