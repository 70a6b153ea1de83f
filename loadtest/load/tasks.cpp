// Joins are counted by hand: Boost 1.81's parallel groups are experimental and need one type for all.
#include "loadtest/load/tasks.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <utility>

namespace acq::load {
namespace {

namespace asio = boost::asio;
using Task = std::function<asio::awaitable<void>(std::size_t)>;

struct Join {
  Join(asio::any_io_executor executor, std::size_t count)
      : bell(std::move(executor), asio::steady_timer::time_point::max()), left(count) {}
  asio::steady_timer bell;
  std::size_t left;
  std::exception_ptr error;
};

asio::awaitable<void> take_in_turn(std::size_t& next, std::size_t count, const Task& task) {
  while (next < count) co_await task(next++);
}

}  // namespace

asio::awaitable<void> pause_ms(std::int64_t ms) {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(ms));
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> run_all(std::size_t count, Task task) {
  const auto executor = co_await asio::this_coro::executor;
  const auto join = std::make_shared<Join>(executor, count);
  for (std::size_t i = 0; i < count; ++i) {
    asio::co_spawn(executor, task(i), [join](std::exception_ptr error) {
      if (error && !join->error) join->error = error;
      if (--join->left == 0) join->bell.cancel();
    });
  }
  while (join->left > 0) co_await join->bell.async_wait(asio::as_tuple(asio::use_awaitable));
  if (join->error) std::rethrow_exception(join->error);
}

asio::awaitable<void> for_each(std::size_t count, std::size_t width, Task task) {
  std::size_t next = 0;
  Task worker = [&](std::size_t) { return take_in_turn(next, count, task); };
  co_await run_all(std::min(count, width), std::move(worker));
}

int run_blocking(asio::io_context& context, asio::awaitable<int> task) {
  int exit_code = 1;
  std::exception_ptr failure;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, int code) {
    failure = error;
    exit_code = code;
    context.stop();
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return exit_code;
}

}  // namespace acq::load
