// A few threads with a connection each, for reads that coroutines await. Bounded: a full queue is an answer.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>

#include "common/mariadb/connection.hpp"

namespace acq::mariadb {

class ReadPool {
 public:
  ReadPool(ConnectOptions options, std::size_t threads, std::size_t waiting_max);
  ~ReadPool();  ///< lets waiting work finish

  /// Runs `work` on a pool thread with a connection (connected when possible) and resumes on the caller's executor.
  /// Errc::overloaded when too many wait. `work` must not throw.
  template <class T>
  boost::asio::awaitable<Result<T>> run(std::function<Result<T>(Connection&)> work) {
    const auto executor = co_await boost::asio::this_coro::executor;
    // Named, not written into the co_await: GCC 12 copies such a temporary bitwise and destroys what it holds twice.
    auto start = [this, executor, work = std::move(work)](auto handler) mutable {
      auto shared = std::make_shared<decltype(handler)>(std::move(handler));
      const bool taken = submit([executor, shared, work = std::move(work)](Connection& connection) {
        boost::asio::post(executor, [shared, result = work(connection)]() mutable { (*shared)(std::move(result)); });
      });
      if (!taken) {
        boost::asio::post(executor, [shared] { (*shared)(Result<T>(Failure(Errc::overloaded, "read pool is full"))); });
      }
    };
    auto result = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void(Result<T>)>(
        std::move(start), boost::asio::use_awaitable);
    co_return result;
  }

 private:
  bool submit(std::function<void(Connection&)> work);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acq::mariadb
