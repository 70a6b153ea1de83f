// Where finished effects wait for the writer of their partition. Any thread puts, the worker takes.
#pragma once
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "common/domain/outcomes.hpp"

namespace acq::settlement {

struct PartitionOutcome {
  std::int32_t partition = 0;
  Outcome outcome;
};

class OutcomeInbox {
 public:
  /// `wake` is called when the first outcome arrives in an empty inbox.
  explicit OutcomeInbox(std::function<void()> wake = {}) : wake_(std::move(wake)) {}
  void set_wake(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }
  void put(PartitionOutcome outcome) {
    const std::lock_guard lock(mutex_);
    outcomes_.push_back(std::move(outcome));
    if (outcomes_.size() == 1 && wake_) wake_();
  }
  std::vector<PartitionOutcome> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(outcomes_, {});
  }

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<PartitionOutcome> outcomes_;  // bounded by the heads: one job per item and kind
};

}  // namespace acq::settlement
