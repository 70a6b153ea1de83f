#include "gateway/offer.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include "common/codec/intent_json.hpp"
#include "common/faults/fault_points.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"

namespace acq::gateway {
namespace {

namespace asio = boost::asio;
using journal::Record;
using journal::RecordType;
using kafka::Persistence;

/// What a refusal's sync may take beyond the request's deadline; a reservation outlives that by a second.
constexpr std::uint32_t refusal_ms_min = 500;
static_assert(limits::http_deadline_ms + refusal_ms_min < limits::reservation_deadline_ms);

std::uint32_t left_ms(std::int64_t until_ms) {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(1, until_ms - runtime::steady_ms()));
}

}  // namespace

Offer offer_of(const Intent& intent, std::int32_t partitions) {
  const IntentId& id = id_of(intent);
  return {id, partition_of(route_of(id), partitions), record_key(intent),
          std::visit([](const auto& one) { return codec::encode_intent(one); }, intent)};
}

std::uint32_t offer_deadline_ms(std::int64_t began_ms) {
  return left_ms(began_ms + limits::http_deadline_ms);
}

Record Offers::record_of(RecordType type, const Made& made, std::string payload) {
  return {type, runtime::unix_ms(), made.intent_id.bytes, made.partition, std::move(payload)};
}

asio::awaitable<OfferEnd> Offers::make(Offer offer, std::uint32_t deadline_ms) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const std::int64_t until_ms = runtime::steady_ms() + deadline_ms;
  Made made{offer.intent_id, offer.partition, std::move(offer.claim), std::move(offer.attempt)};
  journal::Ticket offered = witness_.begin(record_of(RecordType::offered, made, offer.bytes), executor);
  faults::crash_point(faults::Point::offer_begun);
  if (faults::broken(faults::Rule::answer_after_report)) {
    asio::co_spawn(executor, log_.send(offer.partition, offer.key, offer.bytes, deadline_ms), asio::detached);
    co_return OfferEnd::persisted;
  }
  std::function<void(Persistence)> on_late = [this, executor, made, offered](Persistence persistence) {
    asio::co_spawn(executor, end_late(made, offered, persistence), asio::detached);
  };
  const auto report = co_await log_.send(offer.partition, std::move(offer.key), std::move(offer.bytes), deadline_ms,
                                         std::move(on_late));
  faults::crash_point(faults::Point::log_reported);
  const auto witnessed = co_await offered.wait(left_ms(until_ms));

  switch (report.persistence) {
    case Persistence::persisted:
      witness_.append(record_of(RecordType::persisted, made));
      if (made.attempt) reservations_.show_attempt(made.attempt->payment_id, made.attempt->marker);
      // On the log but not in the witness: not ours to promise. The number stays reserved, so that the merchant's next
      // try offers the same id again, this time with a witness.
      if (!witnessed) co_return OfferEnd::unknown;
      faults::crash_point(faults::Point::both_persisted);
      if (made.claim) reservations_.mark_persisted(*made.claim);
      co_return OfferEnd::persisted;
    case Persistence::not_persisted: {
      const OfferEnd end = co_await refuse(std::move(made), std::max(left_ms(until_ms), refusal_ms_min));
      co_return end;
    }
    case Persistence::possibly:
      if (!report.late) witness_.append(record_of(RecordType::unknown, made));
      co_return OfferEnd::unknown;
  }
  co_return OfferEnd::unknown;
}

asio::awaitable<OfferEnd> Offers::refuse(Made made, std::uint32_t wait_ms) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  journal::Ticket refusal = witness_.begin(record_of(RecordType::refused, made), executor);
  const auto synced = co_await refusal.wait(wait_ms);
  if (!synced) co_return OfferEnd::unknown;
  if (!made.claim) co_return OfferEnd::refused;
  // Of an id that was offered before, only this offer is known to be refused: the number keeps it.
  if (made.claim->decision == Decision::resend) co_return OfferEnd::unknown;
  co_await reservations_.release(std::move(*made.claim));
  co_return OfferEnd::refused;
}

asio::awaitable<void> Offers::end_late(Made made, journal::Ticket offered, Persistence persistence) {
  switch (persistence) {
    case Persistence::persisted:
      witness_.append(record_of(RecordType::persisted, made));
      if (made.attempt) reservations_.show_attempt(made.attempt->payment_id, std::move(made.attempt->marker));
      if (made.claim && offered.synced()) reservations_.mark_persisted(*made.claim);
      co_return;
    case Persistence::not_persisted: {
      const OfferEnd ignored = co_await refuse(std::move(made), limits::http_deadline_ms);
      static_cast<void>(ignored);  // the merchant has been told "unknown"
      co_return;
    }
    case Persistence::possibly:
      witness_.append(record_of(RecordType::unknown, made));
      co_return;
  }
}

}  // namespace acq::gateway
