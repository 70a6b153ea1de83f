#include "settlement/effects/state_cache.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "common/codec/api_json.hpp"
#include "common/crypto/bytes.hpp"
#include "common/limits.hpp"
#include "common/redis/scripts.hpp"

namespace acq::settlement {
namespace asio = boost::asio;

StateCache::StateCache(asio::io_context& context, std::string socket)
    : context_(context), connection_(context, {std::move(socket), [this] { raise_all(); }, {}}), timer_(context) {}

void StateCache::start() {
  connection_.start();
  refresh_later();
}

void StateCache::stop() {
  asio::post(context_, [this] {
    stopping_ = true;
    timer_.cancel();
    connection_.stop();
  });
}

void StateCache::owned(std::int32_t partition, std::int64_t owner_epoch) {
  asio::post(context_, [this, partition, owner_epoch] {
    const auto& epoch = epochs_.insert_or_assign(partition, Epoch{owner_epoch, 0}).first->second;
    write_epoch(partition, epoch);
  });
}

void StateCache::lost(std::int32_t partition) {
  asio::post(context_, [this, partition] { epochs_.erase(partition); });
}

void StateCache::write_epoch(std::int32_t partition, const Epoch& epoch) {
  connection_.command_and_forget({"SET", "acq:e:" + std::to_string(partition), std::to_string(epoch.value())});
}

/// Whatever was written before may be missing or old: nothing of it is believed (P25).
void StateCache::raise_all() {
  for (auto& [partition, epoch] : epochs_) {
    ++epoch.raised;
    write_epoch(partition, epoch);
  }
}

/// An emptied Redis has lost the epoch keys too: without them no entry counts, so they are written again each second.
void StateCache::refresh_later() {
  timer_.expires_after(std::chrono::seconds(1));
  timer_.async_wait([this](boost::system::error_code error) {
    if (error || stopping_) return;
    for (const auto& [partition, epoch] : epochs_) write_epoch(partition, epoch);
    refresh_later();
  });
}

void StateCache::publish(std::vector<Payment> payments) {
  // A first attempt's `processing` is left to MariaDB: it lasts milliseconds, and no later state of the attempt goes
  // back to it. A later attempt's replaces the end of the one before.
  std::erase_if(payments, [](const Payment& p) { return p.state == PaymentState::processing && p.attempt == 1; });
  if (payments.empty()) return;
  asio::post(context_, [this, payments = std::move(payments)] {
    if (!connection_.connected()) return;
    for (const auto& payment : payments) {
      const auto epoch = epochs_.find(payment.partition);
      if (epoch == epochs_.end()) continue;
      std::string value = std::to_string(epoch->second.value()) + "|" + std::to_string(payment.sequence) + "|" +
                          crypto::hex_encode(payment.merchant_id.raw()) + "|";
      codec::write_payment(value, payment);
      asio::co_spawn(context_, write(payment.partition, payment.payment_id.text(), std::move(value)), asio::detached);
    }
  });
}

asio::awaitable<void> StateCache::write(std::int32_t partition, std::string payment_id, std::string value) {
  std::string key = "acq:s:" + payment_id;
  redis::Told told{"acq:changed:" + std::to_string(partition), std::move(payment_id)};
  const auto stored = co_await redis::set_state_if_newer(connection_, std::move(key), std::move(value),
                                                         limits::state_ttl_s, std::move(told));
  if (stored) co_return;
  const auto epoch = epochs_.find(partition);
  if (epoch == epochs_.end()) co_return;
  ++epoch->second.raised;
  write_epoch(partition, epoch->second);
}

}  // namespace acq::settlement
