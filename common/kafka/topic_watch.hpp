// The topic guard while running: retention and its companions are read every ten seconds and compared with
// schemas/topics.yaml. A difference is an alarm and closes admission: somebody once set the broker's retention too low,
// and unread payments were deleted.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "common/kafka/topic_guard.hpp"
#include "common/limits.hpp"
#include "common/runtime/metrics.hpp"

namespace acq::kafka {

struct TopicWatchOptions {
  std::string brokers;
  TopicSpec wanted;
  std::uint32_t check_every_ms = limits::topic_check_ms;
  /// Called on the watch's thread with every new answer of the broker, after as_wanted() knows of it; may be empty.
  std::function<void(const TopicFacts&)> seen{};
};

class TopicWatch {
 public:
  /// `facts` are what require_topic found at the start; another topic id later is a difference too.
  TopicWatch(TopicWatchOptions options, TopicFacts facts);
  ~TopicWatch();  ///< stop()
  void stop();

  /// False from the first difference on, until it is mended. A broker that does not answer changes nothing: the log
  /// being away is the producer's to say. Any thread.
  bool as_wanted() const noexcept { return as_wanted_.load(std::memory_order_relaxed); }
  std::int64_t checked_at_ms() const noexcept { return checked_at_ms_.load(std::memory_order_relaxed); }
  /// The broker's newest answer: topic id, partitions, effective settings. Never null. Any thread.
  std::shared_ptr<const TopicFacts> facts() const;
  const TopicSpec& wanted() const noexcept { return options_.wanted; }
  /// Asks now, on the caller's thread; blocking. False when the broker did not answer.
  bool check_now();

 private:
  void run();

  const TopicWatchOptions options_;
  const TopicId first_id_;
  runtime::Gauge as_wanted_gauge_;
  runtime::Gauge age_gauge_;
  std::atomic<bool> as_wanted_{true};
  std::atomic<std::int64_t> checked_at_ms_;
  std::mutex checking_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const TopicFacts> facts_;
  bool stopping_ = false;
  std::thread thread_;
};

/// A setting's effective value as a number; `absent` when the broker did not name it or it is none.
std::int64_t setting_or(const TopicFacts& facts, const std::string& setting, std::int64_t absent);

}  // namespace acq::kafka
