#include "loadtest/channel_sim/outbox.hpp"

#include <utility>

namespace acq::channel_sim {

void Outbox::push(Notification notification, std::int64_t due_ms) {
  if (waiting_.size() >= waiting_max) {
    ++counts_.given_up;
    return;
  }
  waiting_.emplace(due_ms, std::move(notification));
}

std::optional<Notification> Outbox::take(std::int64_t now_ms) {
  if (waiting_.empty() || waiting_.begin()->first > now_ms) return std::nullopt;
  return std::move(waiting_.extract(waiting_.begin()).mapped());
}

void Outbox::failed(Notification notification, std::int64_t now_ms) {
  notification.tries += 1;
  if (notification.tries >= tries_max) {
    ++counts_.given_up;
    return;
  }
  const auto due_ms = now_ms + (backoff_ms << (notification.tries - 1));
  push(std::move(notification), due_ms);
}

void Outbox::clear() {
  waiting_.clear();
  counts_ = {};
}

}  // namespace acq::channel_sim
