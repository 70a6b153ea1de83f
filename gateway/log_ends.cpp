#include "gateway/log_ends.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "common/limits.hpp"

namespace acq::gateway {

namespace asio = boost::asio;

namespace {
using Answer = Result<std::int64_t>;

/// Lives on the asker's core; the timer is the event and the deadline in one.
struct Waiter {
  explicit Waiter(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  std::optional<Answer> answer;
};
using Waiters = std::vector<std::shared_ptr<Waiter>>;

void tell(const std::shared_ptr<Waiter>& waiter, const Answer& answer) {
  const auto executor = waiter->timer.get_executor();
  asio::post(executor, [waiter, answer] {
    waiter->answer = answer;
    waiter->timer.cancel();
  });
}
}  // namespace

struct LogEnds::State {
  explicit State(Ask given) : ask(std::move(given)) {}

  Ask ask;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
  std::map<std::int32_t, Waiters> waiting;  ///< of the thread alone
  std::atomic<std::size_t> count{0};
  std::thread thread;

  void add(std::int32_t partition, std::shared_ptr<Waiter> waiter) {
    auto& waiters = waiting[partition];
    waiters.push_back(std::move(waiter));
    // The question is posted behind everybody who has come by now, so it begins after they did.
    if (waiters.size() == 1) asio::post(context, [this, partition] { run(partition); });
  }

  void run(std::int32_t partition) {
    auto waiters = std::exchange(waiting[partition], {});
    count.fetch_sub(waiters.size(), std::memory_order_relaxed);
    const Answer answer = ask(partition);
    for (const auto& waiter : waiters) tell(waiter, answer);
  }
};

LogEnds::LogEnds(Ask ask) : state_(std::make_unique<State>(std::move(ask))) {
  state_->thread = std::thread([state = state_.get()] { state->context.run(); });
}

LogEnds::~LogEnds() {
  stop();
}

void LogEnds::stop() {
  state_->guard.reset();
  if (state_->thread.joinable()) state_->thread.join();
}

asio::awaitable<Result<std::int64_t>> LogEnds::ask(std::int32_t partition) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  State& state = *state_;
  if (state.count.fetch_add(1, std::memory_order_relaxed) >= limits::log_end_waiting_max) {
    state.count.fetch_sub(1, std::memory_order_relaxed);
    co_return Failure(Errc::overloaded, "too many ask for the log's end");
  }
  const auto waiter = std::make_shared<Waiter>(executor);
  waiter->timer.expires_after(std::chrono::milliseconds(limits::log_end_wait_ms));
  asio::post(state.context, [&state, partition, waiter] { state.add(partition, waiter); });
  boost::system::error_code ignored;
  co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (waiter->answer) co_return *waiter->answer;
  co_return Failure(Errc::broker_away, "the broker did not tell the log's end in time");
}

}  // namespace acq::gateway
