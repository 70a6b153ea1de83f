#include "gateway/reading_control.hpp"

#include <chrono>

#include "common/runtime/clock.hpp"

namespace acq::gateway {
namespace {

constexpr std::chrono::milliseconds look_every{10};

}  // namespace

void ReadingControl::spent(std::int64_t weight) {
  if (admission_.spent(weight, runtime::steady_ms()) && server_ != nullptr && server_->reading()) pause();
}

void ReadingControl::pause() {
  server_->pause_reading();
  if (server_->reading()) return;  // it drains: everybody gets his answer
  metrics_.paused();
  admission_.load().reading.store(false, std::memory_order_relaxed);
  schedule();
}

void ReadingControl::schedule() {
  timer_.expires_after(look_every);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look_again();
  });
}

void ReadingControl::look_again() {
  const std::int64_t now_ms = runtime::steady_ms();
  const std::int64_t left = admission_.allowance().left(now_ms);
  // A line that is longer than the allowance would be over it again at once: it goes on piece by piece.
  const bool over = admission_.allowance().recovered(now_ms) && server_->held() <= static_cast<std::size_t>(left);
  if (over || server_->reading()) {
    server_->resume_reading();
    admission_.load().reading.store(true, std::memory_order_relaxed);
    return;
  }
  server_->release(static_cast<std::size_t>(left));
  schedule();
}

}  // namespace acq::gateway
