// One offer of an intent: witness and log side by side (P4, P5), and how it ended. One Offers per core.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
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

class Offers {
 public:
  Offers(journal::Journal& witness, kafka::Producer& log, Reservations& reservations)
      : witness_(witness), log_(log), reservations_(reservations) {}

  /// Both would take an offer now. Asked before reserving.
  bool open() const noexcept { return witness_.healthy() && !log_.log_is_away(); }

  /// Ends within `deadline_ms` and never earlier than witness and log have answered or that is over. What comes late
  /// still ends the offer in the witness and in the reservation. `claim` is marked persisted or released accordingly.
  boost::asio::awaitable<OfferEnd> make(Claim claim, std::int32_t partition, std::string intent_bytes,
                                        std::uint32_t deadline_ms);

 private:
  boost::asio::awaitable<OfferEnd> refuse(Claim claim, std::int32_t partition, std::uint32_t wait_ms);
  boost::asio::awaitable<void> end_late(Claim claim, std::int32_t partition, journal::Ticket offered,
                                        kafka::Persistence persistence);

  journal::Journal& witness_;
  kafka::Producer& log_;
  Reservations& reservations_;
};

}  // namespace acq::gateway
