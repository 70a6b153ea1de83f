// One io_context and one thread per core, and the signals that end a program.
#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace acq::runtime {

/// Owns the io_contexts and their threads. Contexts are made with a concurrency hint of 1: one thread each, while other
/// threads may still post.
class CorePool {
 public:
  explicit CorePool(std::size_t cores);
  ~CorePool();  ///< stops and joins
  CorePool(const CorePool&) = delete;
  CorePool& operator=(const CorePool&) = delete;

  std::size_t size() const noexcept { return contexts_.size(); }
  boost::asio::io_context& context(std::size_t core) { return *contexts_[core]; }
  void start();
  /// Lets the contexts run out: no new work is kept alive by us.
  void release();
  void stop();
  void join();

 private:
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
  std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
};

/// Blocks SIGINT and SIGTERM in the calling thread and all that it starts later. Call first in main.
void block_stop_signals();
/// Blocks SIGHUP too, for a program that gives wait_for_stop_signal() something to do on it.
void block_reload_signal();
/// Waits for SIGINT or SIGTERM; returns the signal. A second one while stopping ends the process at once (exit
/// 130/143). Calls `reload`, when there is one, on every SIGHUP until then.
int wait_for_stop_signal(const std::function<void()>& reload = {});

}  // namespace acq::runtime
