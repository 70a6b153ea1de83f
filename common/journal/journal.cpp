#include "common/journal/journal.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/journal/segment.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/metrics.hpp"

namespace acq::journal {

namespace asio = boost::asio;

/// The timer is the event and the deadline in one: cancelled on the core when the answer comes. Most answers come
/// before anybody waits, because the log is awaited first; then nobody is woken for them.
struct SyncSlot {
  enum class State : std::uint8_t { open, waited_for, answered };

  explicit SyncSlot(asio::any_io_executor core) : executor(std::move(core)) {}
  /// By the journal's thread, once. True: the core is to be told.
  bool answer(const Result<void>& with) {
    result = with;
    return state.exchange(State::answered) == State::waited_for;
  }
  /// The core's: false when the answer is there already.
  bool begin_waiting() {
    auto expected = State::open;
    if (!state.compare_exchange_strong(expected, State::waited_for) && expected == State::answered) return false;
    timer.emplace(executor);
    return true;
  }
  bool answered() const noexcept { return state.load(std::memory_order_acquire) == State::answered; }

  asio::any_io_executor executor;
  std::optional<asio::steady_timer> timer;  ///< the core's alone: whoever is not waited for may end on another thread
  std::atomic<State> state{State::open};
  Result<void> result;  ///< once answered
};

namespace {

struct Waiting {
  Record record;
  std::shared_ptr<SyncSlot> slot;  ///< null: nobody waits
};

using Slots = std::vector<std::shared_ptr<SyncSlot>>;

void tell(std::vector<Waiting>& group, const Result<void>& result) {
  std::vector<std::pair<asio::any_io_executor, Slots>> by_core;
  for (auto& waiting : group) {
    if (!waiting.slot || !waiting.slot->answer(result)) continue;
    const auto executor = waiting.slot->executor;
    auto at = std::find_if(by_core.begin(), by_core.end(), [&](const auto& entry) { return entry.first == executor; });
    if (at == by_core.end()) at = by_core.insert(at, {executor, {}});
    at->second.push_back(std::move(waiting.slot));
  }
  for (auto& [executor, slots] : by_core) {
    asio::post(executor, [slots = std::move(slots)] {
      for (const auto& slot : slots) slot->timer->cancel();
    });
  }
}

}  // namespace

asio::awaitable<Result<void>> Ticket::wait(std::uint32_t timeout_ms) {
  const auto slot = slot_;
  if (slot->begin_waiting()) {
    slot->timer->expires_after(std::chrono::milliseconds(timeout_ms));
    boost::system::error_code ignored;
    co_await slot->timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (slot->answered()) co_return slot->result;
  co_return Failure(Errc::journal_failed, "the witness did not answer in time");
}

bool Ticket::synced() const noexcept {
  return slot_->answered() && slot_->result.has_value();
}

struct Journal::State {
  explicit State(JournalOptions given) : options(std::move(given)) {}

  JournalOptions options;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
  asio::steady_timer lazy{context};
  asio::steady_timer pace{context};
  asio::steady_timer retry{context};
  asio::steady_timer age{context};
  std::thread thread;

  // Of the journal's thread alone.
  Segment segment;
  const std::int64_t start_ms = runtime::unix_ms();
  std::uint32_t number = 0;
  /// What given-up segments may not hold. Written again to the next one: an offer that the log may have must be found
  /// in some witness, and finding it twice is harmless because balances count distinct ids.
  std::vector<Waiting> given_up;
  std::string buffer;
  std::chrono::steady_clock::time_point flush_began;

  // Of any thread. Records wait in one inbox, so that they keep their order and a group costs one waking of the thread.
  std::mutex inbox_mutex;
  std::vector<Waiting> inbox;
  bool flush_posted = false;  ///< under the mutex, like the next: whoever waits is in the group to come
  bool lazy_armed = false;
  mutable std::mutex name_mutex;
  std::string current_name;
  std::atomic<bool> segment_holds{true};
  std::atomic<bool> stopped{false};
  std::atomic<std::int64_t> sync_began_ms{0};  ///< monotonic; 0: none under way
  std::atomic<std::int64_t> last_sync_ms{0};
  std::atomic<std::size_t> queued{0};

  runtime::Counter syncs = runtime::counter("acq_witness_syncs_total", "Group syncs of the witness file");
  runtime::Counter records = runtime::counter("acq_witness_records_total", "Records synced to the witness file");
  runtime::Counter failures = runtime::counter("acq_witness_failures_total", "Failed writes, syncs and openings");
  runtime::LatencyHistogram sync_seconds =
      runtime::latency_histogram("acq_witness_sync_seconds", "One write and sync of a group");

  Result<void> open_next() {
    const std::string name = segment_name(options.instance, start_ms, ++number);
    {
      const std::lock_guard lock(name_mutex);
      current_name = name;
    }
    auto made = Segment::create(options.directory, name);
    if (!made) return made.error();
    segment = std::move(*made);
    close_at_age();
    last_sync_ms.store(runtime::unix_ms(), std::memory_order_relaxed);
    return {};
  }

  /// An empty one goes on: closing it would only remove it.
  void close_at_age() {
    age.expires_after(std::chrono::milliseconds(options.segment_age_ms_max));
    age.async_wait([this](const boost::system::error_code& error) {
      if (error || !segment.is_open()) return;
      if (segment.bytes() > segment_magic.size()) return rotate();
      close_at_age();
    });
  }

  /// Any thread.
  void add(Waiting item) {
    const bool waits = item.slot != nullptr;
    bool first = false;
    {
      const std::lock_guard lock(inbox_mutex);
      inbox.push_back(std::move(item));
      if (waits) {
        first = !std::exchange(flush_posted, true);
      } else if (!flush_posted) {
        first = !std::exchange(lazy_armed, true);
      }
    }
    if (!first) return;
    asio::post(context, [this, waits] { waits ? flush_in_time() : flush_lazily(); });
  }

  /// The log takes longer than this to answer, so nobody waits for it; and a busy gateway syncs for many at once.
  void flush_in_time() {
    const auto due = flush_began + std::chrono::microseconds(options.sync_pace_us);
    if (due <= std::chrono::steady_clock::now()) return flush();
    pace.expires_at(due);
    pace.async_wait([this](const boost::system::error_code& error) {
      if (!error) flush();
    });
  }

  void flush_lazily() {
    lazy.expires_after(std::chrono::milliseconds(limits::journal_lazy_ms));
    lazy.async_wait([this](const boost::system::error_code&) {
      {
        const std::lock_guard lock(inbox_mutex);
        lazy_armed = false;
      }
      flush();
    });
  }

  void flush() {
    std::vector<Waiting> group;
    {
      const std::lock_guard lock(inbox_mutex);
      flush_posted = false;
      group = std::exchange(inbox, {});
    }
    if (group.empty()) return;
    flush_began = std::chrono::steady_clock::now();
    queued.fetch_sub(group.size(), std::memory_order_relaxed);
    const auto written = write_and_sync(group);
    if (!written) give_up(written.error());  // before anybody is told: who hears of it must find admission closed
    tell(group, written);
    if (!written) return keep(std::move(group));
    if (segment.bytes() >= options.segment_bytes_max) rotate();
  }

  Result<void> write_and_sync(const std::vector<Waiting>& group) {
    if (!segment.is_open()) return Failure(Errc::journal_failed, "no segment is open");
    buffer.clear();
    for (const auto& item : group) encode_record(buffer, item.record);
    const std::int64_t began = runtime::steady_ms();
    sync_began_ms.store(began, std::memory_order_relaxed);
    auto done = segment.write(buffer);
    if (done) done = segment.sync();
    sync_began_ms.store(0, std::memory_order_relaxed);
    if (!done) return done;
    last_sync_ms.store(runtime::unix_ms(), std::memory_order_relaxed);
    syncs.add();
    records.add(static_cast<double>(group.size()));
    sync_seconds.observe_seconds(static_cast<double>(runtime::steady_ms() - began) / 1000.0);
    return done;
  }

  void rotate() {
    segment.close();
    if (auto opened = open_next(); !opened) give_up(opened.error());
  }

  void keep(std::vector<Waiting> group) {
    const std::size_t room = limits::journal_waiting_max - std::min(limits::journal_waiting_max, given_up.size());
    const auto kept = static_cast<std::ptrdiff_t>(std::min(room, group.size()));
    std::move(group.begin(), group.begin() + kept, std::back_inserter(given_up));
  }

  void give_up(const Failure& why) {
    failures.add();
    segment.close();
    if (!segment_holds.exchange(false)) return;  // a retry is already under way
    runtime::log_error("witness_failed", {{"detail", why.detail}});
    try_again();
  }

  void try_again() {
    if (stopped.load(std::memory_order_relaxed)) return;
    retry.expires_after(std::chrono::milliseconds(limits::journal_retry_ms));
    retry.async_wait([this](const boost::system::error_code& error) {
      if (!error) recover();
    });
  }

  void recover() {
    auto held = open_next();
    if (held && !given_up.empty()) held = write_and_sync(given_up);
    if (!held) {
      failures.add();
      segment.close();
      return try_again();
    }
    given_up.clear();
    segment_holds.store(true, std::memory_order_relaxed);
    runtime::log_info("witness_recovered", {{"segment", segment.path()}});
  }
};

Journal::Journal(JournalOptions options) : state_(std::make_unique<State>(std::move(options))) {
  State& state = *state_;
  // A file size limit is a failed write like a full disk, and not the end of the program.
  std::signal(SIGXFSZ, SIG_IGN);
  std::error_code error;
  const std::filesystem::path directory(state.options.directory);
  if (!std::filesystem::exists(directory, error)) {
    std::filesystem::create_directories(directory, error);
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  }
  if (auto opened = state.open_next(); !opened) {
    throw StartError(3, "The witness cannot be written (" + opened.error().detail +
                            "): point witness.directory to a writable directory on a disk with room.");
  }
  state.thread = std::thread([this] { state_->context.run(); });
}

Journal::~Journal() {
  stop();
}

Ticket Journal::begin(Record record, asio::any_io_executor executor) {
  auto slot = std::make_shared<SyncSlot>(executor);
  Ticket ticket(slot);
  State& state = *state_;
  if (state.stopped.load(std::memory_order_relaxed)) {
    slot->answer(Failure(Errc::journal_failed, "the witness has been closed"));
  } else if (state.queued.fetch_add(1, std::memory_order_relaxed) >= limits::journal_waiting_max) {
    state.queued.fetch_sub(1, std::memory_order_relaxed);
    slot->answer(Failure(Errc::journal_failed, "too many records wait"));
  } else {
    state.add({std::move(record), std::move(slot)});
  }
  return ticket;
}

asio::awaitable<Result<void>> Journal::append_synced(Record record) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  Ticket ticket = begin(std::move(record), executor);
  auto result = co_await ticket.wait(limits::http_deadline_ms);
  co_return result;
}

void Journal::append(Record record) {
  State& state = *state_;
  if (state.stopped.load(std::memory_order_relaxed)) return;
  // An end that is not written leaves its offer "unknown", which is always true: so a full queue drops it.
  if (state.queued.fetch_add(1, std::memory_order_relaxed) >= limits::journal_waiting_max) {
    state.queued.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  state.add({std::move(record), nullptr});
}

bool Journal::healthy() const noexcept {
  if (!state_->segment_holds.load(std::memory_order_relaxed)) return false;
  const std::int64_t began = state_->sync_began_ms.load(std::memory_order_relaxed);
  return began == 0 || runtime::steady_ms() - began < limits::journal_stall_ms;
}

std::string Journal::current_segment() const {
  const std::lock_guard lock(state_->name_mutex);
  return state_->current_name;
}

const std::string& Journal::directory() const noexcept {
  return state_->options.directory;
}

std::int64_t Journal::last_sync_ms() const noexcept {
  return state_->last_sync_ms.load(std::memory_order_relaxed);
}

void Journal::stop() {
  State& state = *state_;
  if (state.stopped.exchange(true)) return;
  asio::post(state.context, [&state] {
    state.lazy.cancel();
    state.retry.cancel();
    state.pace.cancel();
    state.flush();
    state.age.cancel();
    state.guard.reset();
  });
  if (state.thread.joinable()) state.thread.join();
  state.segment.close();
}

}  // namespace acq::journal
