// Who may come in at all: a bound on requests in flight, decided before the signature from what costs nothing (P1).
// One per core, so that counting needs no shared cache line; the app adds them up while draining.
#pragma once
#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace acq::gateway {

class Admission {
 public:
  explicit Admission(std::size_t in_flight_max) : in_flight_max_(in_flight_max) {}

  /// Counts as in flight while it lives.
  class Entry {
   public:
    explicit Entry(Admission& admission) : admission_(&admission) {}
    Entry(Entry&& other) noexcept : admission_(std::exchange(other.admission_, nullptr)) {}
    Entry& operator=(Entry&&) = delete;
    ~Entry() {
      if (admission_ != nullptr) admission_->leave();
    }

   private:
    Admission* admission_;
  };

  /// Nothing when the budget is spent. On the core only.
  std::optional<Entry> enter() {
    const std::size_t now = in_flight_.load(std::memory_order_relaxed);
    if (now >= in_flight_max_) return std::nullopt;
    in_flight_.store(now + 1, std::memory_order_relaxed);
    return Entry(*this);
  }
  /// Any thread.
  std::size_t in_flight() const noexcept { return in_flight_.load(std::memory_order_relaxed); }

 private:
  void leave() noexcept { in_flight_.store(in_flight_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed); }

  const std::size_t in_flight_max_;
  std::atomic<std::size_t> in_flight_{0};  ///< written by its core alone
};

}  // namespace acq::gateway
