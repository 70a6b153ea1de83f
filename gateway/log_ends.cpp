#include "gateway/log_ends.hpp"

#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <thread>
#include <vector>

#include "common/limits.hpp"

namespace acq::gateway {

namespace asio = boost::asio;

namespace {
using Answer = Result<std::int64_t>;
using Handler = asio::async_result<asio::use_awaitable_t<>, void(Answer)>::handler_type;

struct Waiter {
  Handler handler;
  asio::any_io_executor executor;
};

void tell(Waiter waiter, Answer answer) {
  const auto executor = waiter.executor;
  asio::post(executor, [handler = std::move(waiter.handler), answer = std::move(answer)]() mutable {
    handler(std::move(answer));
  });
}
}  // namespace

struct LogEnds::State {
  explicit State(Ask given) : ask(std::move(given)) {}

  Ask ask;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
  std::map<std::int32_t, std::vector<Waiter>> waiting;  ///< of the thread alone
  std::atomic<std::size_t> count{0};
  std::thread thread;

  void add(std::int32_t partition, Waiter waiter) {
    auto& waiters = waiting[partition];
    waiters.push_back(std::move(waiter));
    // The question is posted behind everybody who has come by now, so it begins after they did.
    if (waiters.size() == 1) asio::post(context, [this, partition] { run(partition); });
  }

  void run(std::int32_t partition) {
    auto waiters = std::exchange(waiting[partition], {});
    count.fetch_sub(waiters.size(), std::memory_order_relaxed);
    const Answer answer = ask(partition);
    for (auto& waiter : waiters) tell(std::move(waiter), answer);
  }
};

LogEnds::LogEnds(Ask ask) : state_(std::make_unique<State>(std::move(ask))) {
  state_->thread = std::thread([state = state_.get()] { state->context.run(); });
}

LogEnds::~LogEnds() { stop(); }

void LogEnds::stop() {
  state_->guard.reset();
  if (state_->thread.joinable()) state_->thread.join();
}

asio::awaitable<Result<std::int64_t>> LogEnds::ask(std::int32_t partition) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto start = [state = state_.get()](Handler handler, std::int32_t wanted, asio::any_io_executor back) {
    Waiter waiter{std::move(handler), std::move(back)};
    if (state->count.fetch_add(1, std::memory_order_relaxed) >= limits::log_end_waiting_max) {
      state->count.fetch_sub(1, std::memory_order_relaxed);
      return tell(std::move(waiter), Failure(Errc::overloaded, "too many ask for the log's end"));
    }
    asio::post(state->context, [state, wanted, waiter = std::move(waiter)]() mutable {
      state->add(wanted, std::move(waiter));
    });
  };
  auto answer = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Answer)>(
      std::move(start), asio::use_awaitable, partition, executor);
  co_return answer;
}

}  // namespace acq::gateway
