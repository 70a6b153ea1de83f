#include "gateway/waiting.hpp"

#include <atomic>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <unordered_map>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/limits.hpp"
#include "common/redis/subscriber.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/metrics.hpp"

namespace acq::gateway {
namespace {

namespace asio = boost::asio;

constexpr std::string_view channel_prefix = "acq:changed:";

/// Of all cores of this process.
std::atomic<std::int64_t> waiters_in_all{0};

void count(std::int64_t change) {
  static thread_local runtime::Gauge gauge = runtime::gauge("acq_waiters", "Requests held by Prefer: wait");
  gauge.set(static_cast<double>(waiters_in_all.fetch_add(change, std::memory_order_relaxed) + change));
}

}  // namespace

struct Waiting::Place::Sleep {
  Sleep(asio::io_context& context, std::uint16_t r) : timer(context), route(r) {}
  asio::steady_timer timer;
  std::uint16_t route;
  bool woken = false;

  void wake() {
    woken = true;
    timer.cancel();
  }
};

struct Waiting::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, Options given)
      : context(io),
        options(std::move(given)),
        linger(io),
        listeners(static_cast<std::size_t>(options.partitions)),
        subscriber(io, {options.redis_socket, std::string(channel_prefix) + "none",
                        [this](std::string_view, std::string_view message) { published(message); },
                        [this](std::string_view channel) { subscribed(channel); }}) {}

  asio::io_context& context;
  Options options;
  asio::steady_timer linger;
  bool lingering = false;
  bool stopping = false;
  std::unordered_multimap<std::uint16_t, Place::Sleep*> places;
  std::vector<std::size_t> listeners;  ///< waiters per partition
  redis::Subscriber subscriber;

  static std::string channel_of(std::int32_t partition) {
    return std::string(channel_prefix) + std::to_string(partition);
  }
  std::int32_t partition(std::uint16_t route) const { return partition_of(route, options.partitions); }

  void enter(Place::Sleep& sleep) {
    places.emplace(sleep.route, &sleep);
    const auto at = partition(sleep.route);
    if (listeners[static_cast<std::size_t>(at)]++ == 0) subscriber.subscribe(channel_of(at));
    count(1);
  }

  void leave(const Place::Sleep& sleep) {
    const auto [first, last] = places.equal_range(sleep.route);
    for (auto it = first; it != last; ++it) {
      if (it->second != &sleep) continue;
      places.erase(it);
      break;
    }
    count(-1);
    if (--listeners[static_cast<std::size_t>(partition(sleep.route))] == 0 && !stopping) unsubscribe_later();
  }

  void published(std::string_view message) {
    const auto id = PaymentId::parse(message);
    if (!id) return;
    const auto [first, last] = places.equal_range(route_of(*id));
    for (auto it = first; it != last; ++it) it->second->wake();
  }

  /// Whoever waits there may have missed something before: it reads.
  void subscribed(std::string_view channel) {
    for (auto& [route, sleep] : places) {
      if (channel_of(partition(route)) == channel) sleep->wake();
    }
  }

  void unsubscribe_later() {
    if (std::exchange(lingering, true)) return;
    linger.expires_after(std::chrono::milliseconds(limits::wait_channel_linger_ms));
    linger.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!self) return;
      self->lingering = false;
      if (error) return;
      for (std::size_t i = 0; i < self->listeners.size(); ++i) {
        if (self->listeners[i] == 0) self->subscriber.unsubscribe(channel_of(static_cast<std::int32_t>(i)));
      }
    });
  }

  void release() {
    stopping = true;
    linger.cancel();
    subscriber.stop();
    for (auto& [route, sleep] : places) sleep->timer.cancel();
  }
};

Waiting::Place::Place(std::shared_ptr<State> state, std::uint16_t route)
    : state_(std::move(state)), sleep_(std::make_unique<Sleep>(state_->context, route)) {
  state_->enter(*sleep_);
}

Waiting::Place::~Place() {
  state_->leave(*sleep_);
}

asio::awaitable<void> Waiting::Place::until_listening() {
  const std::string channel = State::channel_of(state_->partition(sleep_->route));
  if (state_->subscriber.connected() && !state_->subscriber.hears(channel)) {
    co_await sleep_until(runtime::steady_ms() + limits::redis_timeout_ms);
  }
  sleep_->woken = false;  // nothing has been read yet
}

asio::awaitable<void> Waiting::Place::sleep_until(std::int64_t at_ms) {
  if (sleep_->woken || state_->stopping) co_return;
  const auto left_ms = at_ms - runtime::steady_ms();
  if (left_ms <= 0) co_return;
  sleep_->timer.expires_after(std::chrono::milliseconds(left_ms));
  boost::system::error_code ignored;
  co_await sleep_->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

bool Waiting::Place::take_wake() noexcept {
  return std::exchange(sleep_->woken, false);
}

bool Waiting::Place::released() const noexcept {
  return state_->stopping;
}

Waiting::Waiting(asio::io_context& context, Options options)
    : state_(std::make_shared<State>(context, std::move(options))) {}

Waiting::~Waiting() {
  release();
}

void Waiting::start() {
  state_->subscriber.start();
}

void Waiting::release() {
  state_->release();
}

std::unique_ptr<Waiting::Place> Waiting::enter(std::uint16_t route) {
  if (state_->stopping || state_->places.size() >= state_->options.waiters_max) return nullptr;
  return std::make_unique<Place>(state_, route);
}

}  // namespace acq::gateway
