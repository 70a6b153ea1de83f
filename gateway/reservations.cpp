#include "gateway/reservations.hpp"

#include "common/limits.hpp"
#include "common/redis/scripts.hpp"
#include "gateway/names.hpp"

namespace acq::gateway {

namespace asio = boost::asio;

asio::awaitable<Claim> Reservations::claim(std::string key, Reservation wanted, std::int64_t now_ms) {
  Claim claim{Decision::fresh, wanted, key, encode_reservation(wanted)};
  auto known = co_await redis::reserve(cache_, key, claim.text, limits::reservation_ttl_s);
  if (!known) {
    wholeness_.broken_at(now_ms);
    co_return claim;  // it may still be stored: then marking and releasing find it by its text
  }
  if (!known->has_value()) co_return claim;

  std::string stored = std::move(**known);
  const auto existing = decode_reservation(stored);
  claim.decision = existing ? decide(existing, wanted.fingerprint, wanted.attempt, now_ms) : Decision::replace;
  switch (claim.decision) {
    case Decision::fresh:
    case Decision::replace:
      break;
    case Decision::resend:
      // The same payment once more: its id, its acceptance and its expiry stay (P20).
      claim.reservation = *existing;
      claim.reservation.deadline_ms = wanted.deadline_ms;
      break;
    case Decision::replay:
    case Decision::in_progress:
    case Decision::fields_differ:
    case Decision::attempt_ahead:
      claim.reservation = *existing;
      claim.text = std::move(stored);
      co_return claim;
  }
  Claim taken = co_await take_over(std::move(claim), std::move(stored));
  co_return taken;
}

asio::awaitable<std::optional<Reservation>> Reservations::peek(std::string key) {
  std::vector<std::string> get{"GET", std::move(key)};
  const auto reply = co_await cache_.command(std::move(get));
  const std::string* text = reply ? reply->text() : nullptr;
  co_return text != nullptr ? decode_reservation(*text) : std::nullopt;
}

asio::awaitable<Claim> Reservations::replace(Claim in_the_way, Reservation wanted) {
  Claim claim{Decision::replace, std::move(wanted), std::move(in_the_way.key), {}};
  Claim taken = co_await take_over(std::move(claim), std::move(in_the_way.text));
  co_return taken;
}

asio::awaitable<Claim> Reservations::take_over(Claim claim, std::string stored) {
  claim.text = encode_reservation(claim.reservation);
  const auto set =
      co_await redis::compare_and_set(cache_, claim.key, std::move(stored), claim.text, limits::reservation_ttl_s);
  // Not knowing is going on: the writer decides (P3).
  if (set && !*set) claim.decision = Decision::in_progress;  // another request was quicker, and lives
  co_return claim;
}

void Reservations::mark_persisted(const Claim& claim) {
  Reservation persisted = claim.reservation;
  persisted.persisted = true;
  redis::compare_and_set_and_forget(cache_, claim.key, claim.text, encode_reservation(persisted),
                                    limits::reservation_ttl_s);
}

void Reservations::show_attempt(const PaymentId& payment, std::string marker) {
  cache_.command_and_forget(
      {"SET", marker_key(payment), std::move(marker), "EX", std::to_string(limits::reservation_ttl_s)});
}

asio::awaitable<void> Reservations::release(Claim claim) {
  const auto released = co_await redis::compare_and_delete(cache_, std::move(claim.key), std::move(claim.text));
  static_cast<void>(released);  // away: its deadline frees the number
}

}  // namespace acq::gateway
