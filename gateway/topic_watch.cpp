#include "gateway/topic_watch.hpp"

#include <chrono>

#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::gateway {

TopicWatch::TopicWatch(std::string brokers, kafka::TopicSpec wanted, kafka::TopicFacts facts)
    : brokers_(std::move(brokers)),
      wanted_(std::move(wanted)),
      facts_(std::move(facts)),
      checked_at_ms_(runtime::unix_ms()),
      thread_([this] { run(); }) {}

TopicWatch::~TopicWatch() {
  stop();
}

void TopicWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TopicWatch::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, std::chrono::milliseconds(limits::topic_check_ms), [this] { return stopping_; })) {
    lock.unlock();
    check();
    lock.lock();
  }
}

void TopicWatch::check() {
  const auto found = kafka::read_topic_facts(brokers_, wanted_.name, limits::log_end_timeout_ms);
  std::vector<std::string> faults;
  if (found) {
    faults = kafka::differences(wanted_, *found);
    if (found->topic_id != facts_.topic_id) faults.push_back("the topic was made anew: its id is another one");
  } else if (found.error().code == Errc::misconfigured) {
    faults.push_back(found.error().detail);
  } else {
    return;  // away
  }
  checked_at_ms_.store(runtime::unix_ms(), std::memory_order_relaxed);
  const bool fine = faults.empty();
  if (as_wanted_.exchange(fine, std::memory_order_relaxed) == fine) return;
  if (fine) runtime::log_info("topic_as_wanted", {{"topic", wanted_.name}});
  for (const auto& fault : faults) runtime::log_error("topic_differs", {{"topic", wanted_.name}, {"detail", fault}});
}

}  // namespace acq::gateway
