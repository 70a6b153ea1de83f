// One offer of an intent: witness and log side by side (P4, P5), and how it ended. One Offers per core.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/domain/intents.hpp"
#include "common/journal/journal.hpp"
#include "common/kafka/producer.hpp"
#include "gateway/reservations.hpp"

namespace acq::gateway {

enum class OfferEnd : std::uint8_t {
  persisted,  ///< witness and log both have it: 202
  refused,    ///< the log certainly does not have it, and the witness says so
  unknown,    ///< anything else
};

/// Of a later attempt: what reads show from the moment on at which the log has it.
struct ShownAttempt {
  PaymentId payment_id;
  std::string marker;
};

/// An intent on its way to the log.
struct Offer {
  IntentId intent_id;
  std::int32_t partition = 0;
  std::string key;
  std::string bytes;
  std::optional<Claim> claim{};  ///< the number that it holds in Redis, where it holds one
  std::optional<ShownAttempt> attempt{};
};
Offer offer_of(const Intent& intent, std::int32_t partitions);

class Offers {
 public:
  Offers(journal::Journal& witness, kafka::Producer& log, Reservations& reservations)
      : witness_(witness), log_(log), reservations_(reservations) {}

  /// Both would take an offer now. Asked before reserving.
  bool open() const noexcept { return witness_.healthy() && !log_.log_is_away(); }

  /// Ends within `deadline_ms` and never earlier than witness and log have answered or that is over. What comes late
  /// still ends the offer in the witness and in the reservation: a claim is marked persisted or released accordingly.
  boost::asio::awaitable<OfferEnd> make(Offer offer, std::uint32_t deadline_ms);

 private:
  /// What remains of an offer once its bytes have gone.
  struct Made {
    IntentId intent_id;
    std::int32_t partition = 0;
    std::optional<Claim> claim;
    std::optional<ShownAttempt> attempt;
  };
  static journal::Record record_of(journal::RecordType type, const Made& made, std::string payload = {});
  boost::asio::awaitable<OfferEnd> refuse(Made made, std::uint32_t wait_ms);
  boost::asio::awaitable<void> end_late(Made made, journal::Ticket offered, kafka::Persistence persistence);

  journal::Journal& witness_;
  kafka::Producer& log_;
  Reservations& reservations_;
};

/// What is left of a request's time, at least a moment. `began_ms` is monotonic.
std::uint32_t offer_deadline_ms(std::int64_t began_ms);

}  // namespace acq::gateway
