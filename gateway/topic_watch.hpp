// The topic guard while running: retention and its companions are read every ten seconds and compared with
// schemas/topics.yaml. A difference is an alarm and closes admission: somebody once set the broker's retention too low,
// and unread payments were deleted.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "common/kafka/topic_guard.hpp"

namespace acq::gateway {

class TopicWatch {
 public:
  /// `facts` are what require_topic found at the start; another topic id later is a difference too.
  TopicWatch(std::string brokers, kafka::TopicSpec wanted, kafka::TopicFacts facts);
  ~TopicWatch();  ///< stop()
  void stop();

  /// False from the first difference on, until it is mended. A broker that does not answer changes nothing: the log
  /// being away is the producer's to say. Any thread.
  bool as_wanted() const noexcept { return as_wanted_.load(std::memory_order_relaxed); }
  std::int64_t checked_at_ms() const noexcept { return checked_at_ms_.load(std::memory_order_relaxed); }

 private:
  void run();
  void check();

  const std::string brokers_;
  const kafka::TopicSpec wanted_;
  const kafka::TopicFacts facts_;
  std::atomic<bool> as_wanted_{true};
  std::atomic<std::int64_t> checked_at_ms_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace acq::gateway
