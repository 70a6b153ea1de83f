// A merchant's number in Redis (P2): who may offer a payment or a refund under it now, and under which id. A
// convenience: when Redis is away a request goes on with a fresh id, and the writer's key table decides (P3, P11). One
// per core.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "common/domain/idempotency.hpp"
#include "common/redis/connection.hpp"
#include "gateway/cache_wholeness.hpp"

namespace acq::gateway {

/// What a create may do. fresh, resend and replace own the number until reservation.deadline_ms.
struct Claim {
  Decision decision = Decision::fresh;
  Reservation reservation;  ///< ours, or the one that is in the way
  std::string key;
  std::string text;  ///< as stored under `key`, if Redis took it
};

class Reservations {
 public:
  Reservations(redis::Connection& cache, CacheWholeness& wholeness) : cache_(cache), wholeness_(wholeness) {}

  /// `wanted` is what to store if the number is free: new id, fingerprint, deadline.
  boost::asio::awaitable<Claim> claim(std::string key, Reservation wanted, std::int64_t now_ms);
  /// What is stored under `key`, changing nothing. Nothing also when Redis does not say.
  boost::asio::awaitable<std::optional<Reservation>> peek(std::string key);
  /// Takes the number from the payment in the way, as `claim` found it: in_progress when another request was quicker.
  boost::asio::awaitable<Claim> replace(Claim in_the_way, Reservation wanted);
  /// Witness and log have it. Nobody waits for this; a claim that was replaced meanwhile is left alone.
  void mark_persisted(const Claim& claim);
  /// What is read of the payment shows this attempt, until the writer has it (attempt_marker.hpp). Nobody waits for
  /// this.
  void show_attempt(const PaymentId& payment, std::string marker);
  /// The log certainly does not have it, and the witness knows.
  boost::asio::awaitable<void> release(Claim claim);

 private:
  boost::asio::awaitable<Claim> take_over(Claim claim, std::string stored);

  redis::Connection& cache_;
  CacheWholeness& wholeness_;
};

}  // namespace acq::gateway
