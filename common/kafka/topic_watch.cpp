#include "common/kafka/topic_watch.hpp"

#include <charconv>
#include <chrono>

#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::kafka {
namespace {

/// The age is told while nothing is checked, too: a watch that hangs must show.
constexpr auto age_told_every = std::chrono::seconds(1);

}  // namespace

TopicWatch::TopicWatch(TopicWatchOptions options, TopicFacts facts)
    : options_(std::move(options)),
      first_id_(facts.topic_id),
      as_wanted_gauge_(runtime::gauge("acq_topic_as_wanted", "1: the topic's settings are those of topics.yaml")),
      age_gauge_(runtime::gauge("acq_topic_checked_age_seconds", "Since the broker last told the topic's settings")),
      checked_at_ms_(runtime::unix_ms()),
      facts_(std::make_shared<const TopicFacts>(std::move(facts))),
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

std::shared_ptr<const TopicFacts> TopicWatch::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

void TopicWatch::run() {
  as_wanted_gauge_.set(1);
  std::int64_t next_ms = runtime::steady_ms() + options_.check_every_ms;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, age_told_every, [this] { return stopping_; })) {
    lock.unlock();
    if (runtime::steady_ms() >= next_ms) {
      check_now();
      next_ms = runtime::steady_ms() + options_.check_every_ms;
    }
    age_gauge_.set(static_cast<double>(runtime::unix_ms() - checked_at_ms()) / 1000.0);
    lock.lock();
  }
}

bool TopicWatch::check_now() {
  const std::lock_guard one_at_a_time(checking_);
  const auto& wanted = options_.wanted;
  auto found = read_topic_facts(options_.brokers, wanted.name, limits::log_end_timeout_ms);
  std::vector<std::string> faults;
  if (found) {
    faults = differences(wanted, *found);
    if (found->topic_id != first_id_) faults.push_back("the topic was made anew: its id is another one");
  } else if (found.error().code == Errc::misconfigured) {
    faults.push_back(found.error().detail);
  } else {
    return false;  // away
  }
  checked_at_ms_.store(runtime::unix_ms(), std::memory_order_relaxed);
  const bool fine = faults.empty();
  as_wanted_gauge_.set(fine ? 1 : 0);
  if (as_wanted_.exchange(fine, std::memory_order_relaxed) != fine) {
    if (fine) runtime::log_info("topic_as_wanted", {{"topic", wanted.name}});
    for (const auto& fault : faults) runtime::log_error("topic_differs", {{"topic", wanted.name}, {"detail", fault}});
  }
  if (!found) return true;
  const auto seen = std::make_shared<const TopicFacts>(std::move(*found));
  {
    const std::lock_guard lock(mutex_);
    facts_ = seen;
  }
  if (options_.seen) options_.seen(*seen);
  return true;
}

std::int64_t setting_or(const TopicFacts& facts, const std::string& setting, std::int64_t absent) {
  const auto found = facts.settings.find(setting);
  if (found == facts.settings.end()) return absent;
  const std::string& text = found->second;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : absent;
}

}  // namespace acq::kafka
