// Threads that run io_contexts, one each.
#include "common/runtime/core_pool.hpp"

#include <pthread.h>

#include <cstdlib>
#include <exception>
#include <string>

#include "common/runtime/log.hpp"

namespace acq::runtime {
namespace {

/// An exception that no connection or worker caught is a defect in the shell itself: nothing on this core can be
/// trusted any more, and a crash is recovery.
void run_core(boost::asio::io_context& context, std::size_t core) {
  ::pthread_setname_np(::pthread_self(), ("core-" + std::to_string(core)).c_str());
  try {
    context.run();
  } catch (const std::exception& error) {
    log_error("core_failed", {{"core", core}, {"detail", error.what()}});
    log_flush();
    std::abort();
  }
}

}  // namespace

CorePool::CorePool(std::size_t cores) {
  contexts_.reserve(cores);
  guards_.reserve(cores);
  for (std::size_t i = 0; i < cores; ++i) {
    contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
    guards_.push_back(boost::asio::make_work_guard(*contexts_.back()));
  }
}

CorePool::~CorePool() {
  stop();
  join();
}

void CorePool::start() {
  threads_.reserve(contexts_.size());
  for (std::size_t i = 0; i < contexts_.size(); ++i) {
    threads_.emplace_back(run_core, std::ref(*contexts_[i]), i);
  }
}

void CorePool::release() {
  guards_.clear();
}

void CorePool::stop() {
  for (auto& context : contexts_) context->stop();
}

void CorePool::join() {
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  threads_.clear();
}

}  // namespace acq::runtime
