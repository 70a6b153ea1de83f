// What the simulated bank still has to tell by itself: which request, when, how often it was tried. Pure: notifier.cpp
// sends.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace acq::channel_sim {

struct Notification {
  std::string id;  ///< as webhook-id; copies of one notification share it
  std::string request_id;
  bool other_order = false;  ///< 59: names another merchant_order_id
  int tries = 0;             ///< that failed
};

struct OutboxCounts {
  std::int64_t delivered = 0;
  std::int64_t given_up = 0;  ///< no 2xx in tries_max tries, or no room
  friend bool operator==(const OutboxCounts&, const OutboxCounts&) = default;
};

class Outbox {
 public:
  static constexpr int tries_max = 8;
  static constexpr std::int64_t backoff_ms = 500;  ///< doubled with each try: a minute in all
  static constexpr std::size_t waiting_max = 100'000;

  void push(Notification notification, std::int64_t due_ms);
  /// What is due, oldest first; the caller says later what became of it.
  std::optional<Notification> take(std::int64_t now_ms);
  void delivered() { ++counts_.delivered; }
  void failed(Notification notification, std::int64_t now_ms);
  void clear();

  std::size_t waiting() const noexcept { return waiting_.size(); }
  const OutboxCounts& counts() const noexcept { return counts_; }

 private:
  std::multimap<std::int64_t, Notification> waiting_;  ///< by the time when each is due
  OutboxCounts counts_;
};

}  // namespace acq::channel_sim
