// Where a settling thread's time goes. The product has no timers for this: the benchmark's link wraps the functions
// that divide a batch into phases (wrapped.cpp), so that what is measured is the product's own object code.
#pragma once
#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

namespace acq::bench {

enum class Phase : std::uint8_t {
  poll,    ///< waiting for the log and taking records from the client
  decode,  ///< bytes to intents, their checks and key hashes
  load,    ///< keys and rows read
  plan,    ///< transitions, and what they ask for
  begin,   ///< START TRANSACTION
  cursor,  ///< the cursor's compare and move
  keys,    ///< bulk insert of keys
  insert,  ///< bulk insert of payments
  update,  ///< bulk update of payments
  rest,    ///< between the statements, and those that are rare
  commit,
  after,  ///< head, cache, jobs, commit hint
};
inline constexpr std::size_t phase_count = 12;
std::string_view name_of(Phase phase);

struct Spent {
  double wall_s = 0;
  double cpu_s = 0;  ///< of this thread; the rest of the wall time it waited
};
using Split = std::array<Spent, phase_count>;

/// One thread's clock: every moment from start() to stop() belongs to exactly one phase.
class PhaseClock {
 public:
  void start(Phase phase);
  void enter(Phase phase);
  void stop();
  bool running() const noexcept { return running_; }
  const Split& split() const noexcept { return split_; }

 private:
  void account();
  Split split_{};
  Phase phase_ = Phase::poll;
  std::int64_t wall_ns_ = 0;
  std::int64_t cpu_ns_ = 0;
  bool running_ = false;
};

/// The clock of this thread, for the wrapped functions; null: not measured.
void measure_this_thread(PhaseClock* clock);
void enter(Phase phase);

struct BatchSize {
  std::int32_t partition = 0;
  std::size_t records = 0;
  std::size_t outcomes = 0;
};

/// What is seen of a worker from outside. Its clock runs from the first record that a slice's poll returns until as
/// many payments as expected are committed as final.
class WorkerWatch {
 public:
  /// One at a time; it must outlive the worker.
  WorkerWatch();
  ~WorkerWatch();
  WorkerWatch(const WorkerWatch&) = delete;
  WorkerWatch& operator=(const WorkerWatch&) = delete;

  /// Before a worker starts on a slice.
  void expect(std::size_t payments);
  /// False when they were not final in time.
  bool wait(std::int64_t within_ms);

  double seconds() const noexcept { return seconds_; }
  double own_cpu_seconds() const noexcept { return own_cpu_; }
  double server_cpu_seconds() const noexcept { return server_cpu_; }
  double box_cpu_seconds() const noexcept { return box_cpu_; }
  const Split& split() const noexcept { return clock_.split(); }
  const std::vector<BatchSize>& batches() const noexcept { return batches_; }
  void set_server_pid(std::int64_t pid) { server_pid_ = pid; }

  // Called by the wrapped functions, on the worker's thread.
  void polled(bool got_a_record);
  void committed(const BatchSize& size, std::size_t became_final);
  PhaseClock& clock() noexcept { return clock_; }

 private:
  struct Readings {
    double steady_s = 0;
    double own = 0;
    double server = 0;
    double box = 0;
  };
  Readings read() const;

  PhaseClock clock_;
  std::vector<BatchSize> batches_;
  std::int64_t server_pid_ = 0;
  std::size_t expected_ = 0;
  std::size_t final_ = 0;
  Readings began_;
  double seconds_ = 0;
  double own_cpu_ = 0;
  double server_cpu_ = 0;
  double box_cpu_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

WorkerWatch* watch_now();

double steady_seconds();

}  // namespace acq::bench
