#include "gateway/offer.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include "common/limits.hpp"
#include "common/runtime/clock.hpp"

namespace acq::gateway {
namespace {

namespace asio = boost::asio;
using journal::Record;
using journal::RecordType;
using kafka::Persistence;

/// A first attempt's intent id is the payment id.
Record record_of(RecordType type, const Claim& claim, std::int32_t partition, std::string payload = {}) {
  return {type, runtime::unix_ms(), claim.reservation.payment_id.bytes, partition, std::move(payload)};
}

/// What a refusal's sync may take beyond the request's deadline; a reservation outlives that by a second.
constexpr std::uint32_t refusal_ms_min = 500;
static_assert(limits::http_deadline_ms + refusal_ms_min < limits::reservation_deadline_ms);

std::uint32_t left_ms(std::int64_t until_ms) {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(1, until_ms - runtime::steady_ms()));
}

}  // namespace

asio::awaitable<OfferEnd> Offers::make(Claim claim, std::int32_t partition, std::string intent_bytes,
                                       std::uint32_t deadline_ms) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const std::int64_t until_ms = runtime::steady_ms() + deadline_ms;
  journal::Ticket offered = witness_.begin(record_of(RecordType::offered, claim, partition, intent_bytes), executor);
  std::function<void(Persistence)> on_late = [this, executor, claim, partition, offered](Persistence persistence) {
    asio::co_spawn(executor, end_late(claim, partition, offered, persistence), asio::detached);
  };
  std::string key = claim.reservation.payment_id.text();
  const auto report =
      co_await log_.send(partition, std::move(key), std::move(intent_bytes), deadline_ms, std::move(on_late));
  const auto witnessed = co_await offered.wait(left_ms(until_ms));

  switch (report.persistence) {
    case Persistence::persisted:
      witness_.append(record_of(RecordType::persisted, claim, partition));
      // On the log but not in the witness: not ours to promise. The number stays reserved, so that the merchant's next
      // try offers the same id again, this time with a witness.
      if (!witnessed) co_return OfferEnd::unknown;
      reservations_.mark_persisted(claim);
      co_return OfferEnd::persisted;
    case Persistence::not_persisted: {
      const OfferEnd end = co_await refuse(std::move(claim), partition, std::max(left_ms(until_ms), refusal_ms_min));
      co_return end;
    }
    case Persistence::possibly:
      if (!report.late) witness_.append(record_of(RecordType::unknown, claim, partition));
      co_return OfferEnd::unknown;
  }
  co_return OfferEnd::unknown;
}

asio::awaitable<OfferEnd> Offers::refuse(Claim claim, std::int32_t partition, std::uint32_t wait_ms) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  journal::Ticket refusal = witness_.begin(record_of(RecordType::refused, claim, partition), executor);
  const auto synced = co_await refusal.wait(wait_ms);
  if (!synced) co_return OfferEnd::unknown;
  // Of an id that was offered before, only this offer is known to be refused: the number keeps it.
  if (claim.decision == Decision::resend) co_return OfferEnd::unknown;
  co_await reservations_.release(std::move(claim));
  co_return OfferEnd::refused;
}

asio::awaitable<void> Offers::end_late(Claim claim, std::int32_t partition, journal::Ticket offered,
                                       Persistence persistence) {
  switch (persistence) {
    case Persistence::persisted:
      witness_.append(record_of(RecordType::persisted, claim, partition));
      if (offered.synced()) reservations_.mark_persisted(claim);
      co_return;
    case Persistence::not_persisted: {
      const OfferEnd ignored = co_await refuse(std::move(claim), partition, limits::http_deadline_ms);
      static_cast<void>(ignored);  // the merchant has been told "unknown"
      co_return;
    }
    case Persistence::possibly:
      witness_.append(record_of(RecordType::unknown, claim, partition));
      co_return;
  }
}

}  // namespace acq::gateway
