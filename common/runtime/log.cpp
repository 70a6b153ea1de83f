// The way of a log line: formatted by the caller, carried by spdlog's bounded queue, written by its one thread.
#include "common/runtime/log.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "common/error/result.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log_line.hpp"

namespace acq::runtime {
namespace {

constexpr std::size_t queued_lines_max = 8192;
constexpr std::chrono::seconds flush_patience{1};

/// Writes to stderr, and lets a caller wait until a flush went through the queue (spdlog's own does not wait).
class StderrSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::uint64_t flushes() {
    const std::lock_guard lock(flush_mutex_);
    return flushes_;
  }
  void wait_for_flush_after(std::uint64_t seen) {
    std::unique_lock lock(flush_mutex_);
    flushed_.wait_for(lock, flush_patience, [this, seen] { return flushes_ > seen; });
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    line_.assign(message.payload.data(), message.payload.size());
    line_ += '\n';
    std::fwrite(line_.data(), 1, line_.size(), stderr);
  }
  void flush_() override {
    std::fflush(stderr);
    const std::lock_guard lock(flush_mutex_);
    ++flushes_;
    flushed_.notify_all();
  }

 private:
  std::string line_;
  std::mutex flush_mutex_;
  std::condition_variable flushed_;
  std::uint64_t flushes_ = 0;
};

struct Log {
  std::string program;
  std::shared_ptr<StderrSink> sink = std::make_shared<StderrSink>();
  std::shared_ptr<spdlog::details::thread_pool> pool =
      std::make_shared<spdlog::details::thread_pool>(queued_lines_max, 1);
  std::shared_ptr<spdlog::async_logger> logger =
      std::make_shared<spdlog::async_logger>("acq", sink, pool, spdlog::async_overflow_policy::overrun_oldest);
};

// Never destroyed: threads may log until the process is gone. What is queued at exit is flushed by atexit.
std::atomic<Log*> started{nullptr};
std::atomic<LogLevel> lowest{LogLevel::info};

LogLevel level_from(std::string_view word) {
  if (word == "debug") return LogLevel::debug;
  if (word == "info") return LogLevel::info;
  if (word == "warning") return LogLevel::warning;
  if (word == "error") return LogLevel::error;
  throw StartError(2, "log.level must be debug, info, warning or error, not \"" + std::string(word) + "\".");
}

}  // namespace

void log_start(std::string_view program, std::string_view level) {
  lowest = level_from(level);
  if (started.load() != nullptr) return;
  auto* const log = new Log{.program = std::string(program)};
  log->logger->set_level(spdlog::level::trace);
  Log* none = nullptr;
  if (started.compare_exchange_strong(none, log)) std::atexit(log_flush);
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level < lowest.load(std::memory_order_relaxed)) return;
  Log* const log = started.load(std::memory_order_acquire);
  std::string line = log_line(unix_ms(), level, log != nullptr ? log->program : std::string_view(), event, fields);
  if (log == nullptr) {  // before log_start, and in tests
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);
    return;
  }
  log->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void log_flush() {
  Log* const log = started.load();
  if (log == nullptr) return;
  const auto seen = log->sink->flushes();
  log->logger->flush();
  log->sink->wait_for_flush_after(seen);
}

}  // namespace acq::runtime
