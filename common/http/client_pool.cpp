#include "common/http/client_pool.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "common/runtime/clock.hpp"

namespace acq::http {
namespace {

namespace asio = boost::asio;
constexpr auto awaited = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds sweep_every{5};

}  // namespace

bool ClientConnection::looks_open() {
  char byte = 0;
  // Bytes that nobody asked for make a connection as useless as its end does.
  return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

struct ClientPool::Waiter {
  Waiter(ClientPool& p, std::string k) : pool(p), key(std::move(k)), turn(p.context_) {
    pool.destinations_[key].waiting.push_back(this);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    if (!granted)
      std::erase(pool.destinations_[key].waiting, this);
    else if (!taken)
      pool.release(key, std::move(connection));
  }
  void grant(std::unique_ptr<ClientConnection> kept) {
    connection = std::move(kept);
    granted = true;
    turn.cancel();
  }

  ClientPool& pool;
  std::string key;
  asio::steady_timer turn;  ///< cancelled when the turn comes, expires at the deadline
  std::unique_ptr<ClientConnection> connection;
  bool granted = false;
  bool taken = false;
};

ClientPool::Slot::~Slot() {
  if (pool_ == nullptr) return;
  if (!reusable) connection.reset();
  pool_->release(key_, std::move(connection));
}

ClientPool::ClientPool(asio::io_context& context, const ClientOptions& options)
    : context_(context), options_(options), sweeper_(context) {}

std::unique_ptr<ClientConnection> ClientPool::take_idle(Destination& destination) {
  const auto oldest = runtime::steady_ms() - options_.idle_ms_max;
  while (!destination.idle.empty()) {
    auto connection = std::move(destination.idle.back());
    destination.idle.pop_back();
    if (connection->idle_since_ms > oldest && connection->looks_open()) return connection;
    --destination.open;
  }
  return nullptr;
}

asio::awaitable<ClientPool::Slot> ClientPool::acquire(std::string key, std::chrono::steady_clock::time_point deadline) {
  auto& destination = destinations_[key];
  if (auto kept = take_idle(destination)) co_return Slot(shared_from_this(), std::move(key), std::move(kept));
  if (destination.open < options_.connections_per_destination_max && destination.waiting.empty()) {
    ++destination.open;
    co_return Slot(shared_from_this(), std::move(key), nullptr);
  }
  Waiter waiter(*this, key);
  waiter.turn.expires_at(deadline);
  co_await waiter.turn.async_wait(awaited);
  if (!waiter.granted) co_return Slot();
  waiter.taken = true;
  co_return Slot(shared_from_this(), std::move(key), std::move(waiter.connection));
}

void ClientPool::release(const std::string& key, std::unique_ptr<ClientConnection> connection) {
  const auto found = destinations_.find(key);
  auto& destination = found->second;
  if (!destination.waiting.empty()) {
    Waiter* const next = destination.waiting.front();
    destination.waiting.pop_front();
    next->grant(std::move(connection));
    return;
  }
  if (connection != nullptr && destination.idle.size() < options_.idle_per_destination_max) {
    connection->idle_since_ms = runtime::steady_ms();
    destination.idle.push_back(std::move(connection));
    schedule_sweep();
    return;
  }
  // Merchants' hosts come and go: a destination without connections is not remembered.
  if (--destination.open == 0) destinations_.erase(found);
}

void ClientPool::close_idle_since(std::int64_t time_ms) {
  for (auto entry = destinations_.begin(); entry != destinations_.end();) {
    auto& destination = entry->second;
    destination.open -= std::erase_if(
        destination.idle, [time_ms](const auto& connection) { return connection->idle_since_ms <= time_ms; });
    const bool unused = destination.open == 0 && destination.waiting.empty();
    entry = unused ? destinations_.erase(entry) : std::next(entry);
  }
}

void ClientPool::close_idle() {
  close_idle_since(INT64_MAX);
  sweeper_.cancel();
}

/// Runs only while something is idle, so that an io_context without work can end.
void ClientPool::schedule_sweep() {
  if (sweeping_) return;
  sweeping_ = true;
  sweeper_.expires_after(sweep_every);
  sweeper_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto pool = weak.lock();
    if (pool == nullptr) return;
    pool->sweeping_ = false;
    if (error) return;
    pool->close_idle_since(runtime::steady_ms() - pool->options_.idle_ms_max);
    const bool more = std::any_of(pool->destinations_.begin(), pool->destinations_.end(),
                                  [](const auto& entry) { return !entry.second.idle.empty(); });
    if (more) pool->schedule_sweep();
  });
}

}  // namespace acq::http
