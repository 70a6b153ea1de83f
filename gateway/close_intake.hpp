// The close: read what is known, offer it to witness and log as its own intent (P12). It names an attempt and may come
// before its payment, so not knowing is no reason to refuse it; asking twice is harmless. One per core.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "common/domain/intents.hpp"
#include "gateway/answers.hpp"
#include "gateway/merchant_directory.hpp"
#include "gateway/offer.hpp"
#include "gateway/payment_reader.hpp"

namespace acq::gateway {

/// What a close got: accepted by this request, or asked before (`replayed`).
struct Closing {
  std::optional<PaymentId> payment_id;
  bool replayed = false;
  Shown shown;
};
using CloseAnswer = std::variant<Refusal, Closing>;

/// A close as it came: of whom, and when (monotonic).
struct CloseAsked {
  Merchant merchant;
  std::string traceparent;
  std::int64_t began_ms = 0;
};

class CloseIntake {
 public:
  struct Parts {
    Offers& offers;
    PaymentReader& reader;
    std::int32_t partitions;
  };
  explicit CloseIntake(Parts parts) : parts_(parts) {}

  /// The present attempt of a payment; not_found and not_yet_known as reading it (P7).
  boost::asio::awaitable<CloseAnswer> by_id(CloseAsked asked, PaymentId id);
  /// `attempt` left out: the present one, 1 when nobody knows the number.
  boost::asio::awaitable<CloseAnswer> by_number(CloseAsked asked, std::string merchant_order_id,
                                                std::optional<std::int32_t> attempt);

 private:
  /// A next attempt that is reserved but not yet stored counts as the present one.
  boost::asio::awaitable<std::int32_t> present_attempt(MerchantId merchant, const Payment& payment);
  boost::asio::awaitable<CloseAnswer> close(CloseAsked asked, std::string merchant_order_id, std::int32_t attempt,
                                            std::optional<StoredPayment> known);

  Parts parts_;
};

/// Its 202: the payment with its close asked, or, where the attempt that it names is not the one that is stored, a few
/// words.
Shown show_asked(const CloseRequested& intent, std::optional<StoredPayment> known);

}  // namespace acq::gateway
