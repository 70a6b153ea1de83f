// Both ways end in the same list; the own receiver's is copied on its own thread.
#include "loadtest/load/event_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <optional>

namespace acq::load {
namespace {

namespace asio = boost::asio;

constexpr std::size_t page_events = 1'000;

}  // namespace

OwnReceiver::OwnReceiver(crypto::Secret webhook_key, std::size_t events_max) : pool_(1) {
  ReceiverOptions options;
  options.secret = std::move(webhook_key);
  options.events_max = events_max;
  receiver_ = std::make_unique<Receiver>(pool_.context(0), std::move(options));
  pool_.start();
}

OwnReceiver::~OwnReceiver() {
  pool_.stop();
  pool_.join();
}

asio::awaitable<Result<std::vector<ReceivedEvent>>> OwnReceiver::after(std::int64_t number) {
  co_return co_await asio::co_spawn(pool_.context(0), read(number), asio::use_awaitable);
}

asio::awaitable<std::vector<ReceivedEvent>> OwnReceiver::read(std::int64_t number) {
  co_return receiver_->events().page(number, std::numeric_limits<std::size_t>::max(), std::nullopt);
}

asio::awaitable<Result<std::vector<ReceivedEvent>>> ExternalReceiver::after(std::int64_t number) {
  std::vector<ReceivedEvent> all;
  std::int64_t from = std::max(number, first_);
  for (;;) {
    auto page = co_await witnesses_.received(fmt::format("after={}&limit={}", from, page_events));
    if (!page) co_return page.error();
    const std::size_t count = page->events.size();
    for (ReceivedEvent& event : page->events) {
      from = std::max(from, event.number);
      all.push_back(std::move(event));
    }
    if (count < page_events) co_return all;
  }
}

}  // namespace acq::load
