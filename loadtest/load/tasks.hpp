// Small things that every scenario needs of Asio: the monotonic clock in microseconds, a pause, many coroutines at
// once.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

namespace acq::load {

inline std::int64_t steady_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

boost::asio::awaitable<void> pause_ms(std::int64_t ms);

/// Starts `count` of them on the caller's executor and returns when all have ended; then rethrows the first exception.
boost::asio::awaitable<void> run_all(std::size_t count, std::function<boost::asio::awaitable<void>(std::size_t)> task);

/// task(0) … task(count - 1), at most `width` under way.
boost::asio::awaitable<void> for_each(std::size_t count, std::size_t width,
                                      std::function<boost::asio::awaitable<void>(std::size_t)> task);

/// Runs `context` in this thread until `task` has ended; its value is the program's exit code.
int run_blocking(boost::asio::io_context& context, boost::asio::awaitable<int> task);

}  // namespace acq::load
