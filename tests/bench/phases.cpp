#include "tests/bench/phases.hpp"

#include <chrono>
#include <ctime>

#include "tests/bench/machine.hpp"

namespace acq::bench {
namespace {

thread_local PhaseClock* this_threads = nullptr;
WorkerWatch* watched = nullptr;

std::int64_t now_ns(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

}  // namespace

std::string_view name_of(Phase phase) {
  static constexpr std::array<std::string_view, phase_count> names{
      "poll", "decode", "load", "plan", "begin", "cursor", "keys", "insert", "update", "rest", "commit", "after"};
  return names[static_cast<std::size_t>(phase)];
}

double steady_seconds() {
  return static_cast<double>(now_ns(CLOCK_MONOTONIC)) / 1e9;
}

void PhaseClock::account() {
  const auto wall = now_ns(CLOCK_MONOTONIC);
  const auto cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);
  auto& spent = split_[static_cast<std::size_t>(phase_)];
  spent.wall_s += static_cast<double>(wall - wall_ns_) / 1e9;
  spent.cpu_s += static_cast<double>(cpu - cpu_ns_) / 1e9;
  wall_ns_ = wall;
  cpu_ns_ = cpu;
}

void PhaseClock::start(Phase phase) {
  wall_ns_ = now_ns(CLOCK_MONOTONIC);
  cpu_ns_ = now_ns(CLOCK_THREAD_CPUTIME_ID);
  phase_ = phase;
  running_ = true;
}

void PhaseClock::enter(Phase phase) {
  if (phase == phase_) return;
  account();
  phase_ = phase;
}

void PhaseClock::stop() {
  if (running_) account();
  running_ = false;
}

void measure_this_thread(PhaseClock* clock) {
  this_threads = clock;
}
void enter(Phase phase) {
  if (this_threads != nullptr && this_threads->running()) this_threads->enter(phase);
}
WorkerWatch* watch_now() {
  return watched;
}

WorkerWatch::WorkerWatch() {
  watched = this;
}
WorkerWatch::~WorkerWatch() {
  watched = nullptr;
}

WorkerWatch::Readings WorkerWatch::read() const {
  return {steady_seconds(), cpu_of_self(), cpu_of(server_pid_), cpu_of_box()};
}

void WorkerWatch::expect(std::size_t payments) {
  const std::lock_guard lock(mutex_);
  expected_ = payments;
  final_ = 0;
  done_ = false;
}

bool WorkerWatch::wait(std::int64_t within_ms) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(within_ms), [this] { return done_; });
}

void WorkerWatch::polled(bool got_a_record) {
  if (!got_a_record || clock_.running() || expected_ == 0) return;
  began_ = read();
  clock_.start(Phase::poll);
}

void WorkerWatch::committed(const BatchSize& size, std::size_t became_final) {
  batches_.push_back(size);
  final_ += became_final;
  if (final_ < expected_ || expected_ == 0) return;
  clock_.stop();
  const auto ended = read();
  const std::lock_guard lock(mutex_);
  seconds_ += ended.steady_s - began_.steady_s;
  own_cpu_ += ended.own - began_.own;
  server_cpu_ += ended.server - began_.server;
  box_cpu_ += ended.box - began_.box;
  expected_ = 0;
  done_ = true;
  changed_.notify_all();
}

}  // namespace acq::bench
