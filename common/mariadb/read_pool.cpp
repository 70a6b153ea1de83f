#include "common/mariadb/read_pool.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace acq::mariadb {

struct ReadPool::State {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void(Connection&)>> waiting;
  std::size_t waiting_max = 0;
  bool stopping = false;
  std::vector<std::thread> threads;

  void work(ConnectOptions options) {
    Connection connection(std::move(options));
    for (;;) {
      std::function<void(Connection&)> next;
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [this] { return stopping || !waiting.empty(); });
        if (waiting.empty()) return;
        next = std::move(waiting.front());
        waiting.pop_front();
      }
      // Not connected: the work's first statement says database_away, which is its answer.
      if (!connection.connected()) [[maybe_unused]]
        const auto tried = connection.connect();
      next(connection);
    }
  }
};

ReadPool::ReadPool(ConnectOptions options, std::size_t threads, std::size_t waiting_max)
    : state_(std::make_unique<State>()) {
  state_->waiting_max = waiting_max;
  for (std::size_t i = 0; i < threads; ++i) {
    state_->threads.emplace_back([state = state_.get(), options] { state->work(options); });
  }
}

ReadPool::~ReadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  for (auto& thread : state_->threads) thread.join();
}

bool ReadPool::submit(std::function<void(Connection&)> work) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->stopping || state_->waiting.size() >= state_->waiting_max) return false;
    state_->waiting.push_back(std::move(work));
  }
  state_->wake.notify_one();
  return true;
}

}  // namespace acq::mariadb
