#include "common/kafka/producer.hpp"

#include <array>
#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <thread>
#include <vector>

#include "common/kafka/handles.hpp"
#include "common/kafka/partition_gate.hpp"
#include "common/limits.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::kafka {
namespace asio = boost::asio;
namespace {

constexpr auto deadline_sweep = std::chrono::milliseconds(50);

/// One message between produce and its delivery report. Lives on its core; librdkafka carries the pointer as opaque.
struct Pending {
  explicit Pending(std::function<void(Persistence)> late) : on_late(std::move(late)) {}
  virtual ~Pending() = default;
  virtual void complete(Report report) = 0;

  std::function<void(Persistence)> on_late;
  std::int64_t started_ms = 0;
  std::int64_t deadline_ms = 0;
  std::int32_t partition = 0;
  bool answered = false;
  struct Core* core = nullptr;
  Pending* before = nullptr;
  Pending* after = nullptr;
};

template <class Handler>
struct PendingFor final : Pending {
  PendingFor(Handler h, std::function<void(Persistence)> late) : Pending(std::move(late)), handler(std::move(h)) {}
  void complete(Report report) override { std::move(handler)(report); }
  Handler handler;
};

/// What one core's io_context has in flight, oldest first. Touched on that core only, but for the atomic.
struct Core {
  explicit Core(asio::any_io_executor e) : executor(e), timer(e) {}
  asio::any_io_executor executor;
  asio::steady_timer timer;
  Pending* first = nullptr;
  Pending* last = nullptr;
  Pending* next_deadline = nullptr;  ///< the oldest that still has a waiter
  bool timer_runs = false;
  std::atomic<std::int64_t> oldest_started_ms{0};          ///< 0: nothing in flight
  std::vector<std::pair<Pending*, Persistence>> reported;  ///< the poll thread's: gathered, then posted at once

  void add(Pending* pending) {
    pending->core = this;
    pending->before = last;
    (last != nullptr ? last->after : first) = pending;
    last = pending;
    if (next_deadline == nullptr) next_deadline = pending;
    if (first == pending) oldest_started_ms.store(pending->started_ms, std::memory_order_relaxed);
    sweep_later();
  }

  void remove(Pending* pending) {
    if (next_deadline == pending) next_deadline = pending->after;
    (pending->before != nullptr ? pending->before->after : first) = pending->after;
    (pending->after != nullptr ? pending->after->before : last) = pending->before;
    oldest_started_ms.store(first != nullptr ? first->started_ms : 0, std::memory_order_relaxed);
  }

  /// One timer for all of a core's deadlines: coarse, because a deadline of seconds need not be exact.
  void sweep_later() {
    if (timer_runs) return;
    timer_runs = true;
    timer.expires_after(deadline_sweep);
    timer.async_wait([this](boost::system::error_code error) {
      timer_runs = false;
      if (error) return;
      const auto now = runtime::steady_ms();
      while (next_deadline != nullptr && next_deadline->deadline_ms <= now) {
        Pending* const expired = next_deadline;
        next_deadline = expired->after;
        expired->answered = true;
        expired->complete({Persistence::possibly, true});
      }
      if (next_deadline != nullptr) sweep_later();
    });
  }

  void finish(Pending* pending, Persistence persistence) {
    const std::unique_ptr<Pending> owned(pending);
    remove(pending);
    if (!pending->answered) {
      pending->complete({persistence, false});
    } else if (pending->on_late) {
      pending->on_late(persistence);
    }
  }
};

Persistence persistence_of(const rd_kafka_message_t* message) {
  switch (rd_kafka_message_status(message)) {  // never the error code: a timeout can mean either
    case RD_KAFKA_MSG_STATUS_PERSISTED:
      return Persistence::persisted;
    case RD_KAFKA_MSG_STATUS_NOT_PERSISTED:
      return Persistence::not_persisted;
    case RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED:
      return Persistence::possibly;
  }
  return Persistence::possibly;
}

}  // namespace

struct Producer::State {
  struct Message {
    Pending* pending = nullptr;
    std::string key;
    std::string value;
  };
  struct Partition {
    std::mutex mutex;
    PartitionGate<Message> gate;
    std::size_t reported = 0;  ///< the poll thread's
  };

  ProducerOptions options;
  std::vector<Partition> partitions;  ///< sized once, before anybody sends
  std::atomic<std::size_t> in_flight{0};
  std::atomic<bool> fatal{false};
  std::atomic<bool> stopping{false};

  struct Log {
    KafkaHandle handle;
    TopicHandle topic;
    ~Log() { topic.reset(); }
  };
  std::atomic<std::shared_ptr<Log>> log;

  // Append-only, so that any thread may walk it without a lock; the mutex only orders the first send of each core.
  std::array<std::atomic<Core*>, limits::cores_max> cores{};
  std::mutex first_send_mutex;
  std::thread poller;

  ~State() {
    for (auto& core : cores) delete core.load();
  }

  std::shared_ptr<Log> open() {
    auto conf = base_conf(options.brokers);
    set(conf.get(), "enable.idempotence", "true");
    set(conf.get(), "acks", "all");
    set(conf.get(), "message.timeout.ms", std::to_string(options.message_timeout_ms - hold_ms_max()));
    set(conf.get(), "queue.buffering.max.ms", std::to_string(options.linger_us / 1000.0));
    set(conf.get(), "queue.buffering.max.messages", std::to_string(limits::producer_queue_messages_max));
    set(conf.get(), "message.max.bytes", std::to_string(limits::broker_message_bytes_max));
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_dr_msg_cb(conf.get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
      // On the poll thread: only gather; deliver() posts each core's share in one go.
      auto* pending = static_cast<Pending*>(message->_private);
      ++static_cast<State*>(opaque)->partitions[static_cast<std::size_t>(pending->partition)].reported;
      pending->core->reported.emplace_back(pending, persistence_of(message));
    });
    rd_kafka_conf_set_error_cb(conf.get(), [](rd_kafka_t*, int error, const char* reason, void* opaque) {
      auto* state = static_cast<State*>(opaque);
      if (error == RD_KAFKA_RESP_ERR__FATAL) state->fatal = true;
      runtime::log_warning("kafka_producer_error",
                           {{"code", rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(error))}, {"reason", reason}});
    });
    auto made = std::make_shared<Log>();
    made->handle = make_handle(RD_KAFKA_PRODUCER, std::move(conf));
    made->topic.reset(rd_kafka_topic_new(made->handle.get(), options.topic.c_str(), nullptr));
    if (!made->topic) throw StartError(2, "librdkafka refuses the topic name " + options.topic);
    return made;
  }

  /// A part of the message timeout, so that both together keep to it.
  std::uint32_t hold_ms_max() const { return std::min(options.hold_ms_max, options.message_timeout_ms / 2); }

  void deliver() {
    open_gates();
    for (auto& slot : cores) {
      Core* const core = slot.load(std::memory_order_acquire);
      if (core == nullptr) return;
      if (core->reported.empty()) continue;
      in_flight.fetch_sub(core->reported.size(), std::memory_order_relaxed);
      asio::post(core->executor, [core, batch = std::move(core->reported)] {
        for (const auto& [pending, persistence] : batch) core->finish(pending, persistence);
      });
      core->reported = {};
    }
  }

  /// First, so that the next request is on its way while the cores hear of the last.
  void open_gates() {
    const auto now = runtime::steady_ms();
    for (auto& partition : partitions) {
      const std::lock_guard lock(partition.mutex);
      partition.gate.leave(std::exchange(partition.reported, 0));
      if (fatal || !partition.gate.may_release(now, hold_ms_max())) continue;
      for (const auto& message : partition.gate.release()) {
        if (produce(message)) continue;
        partition.gate.leave(1);
        message.pending->core->reported.emplace_back(message.pending, Persistence::not_persisted);
      }
    }
  }

  /// False: not taken into the local queue, so certainly not on the log. Within the partition's lock, for the order.
  bool produce(const Message& message) {
    const auto current = log.load();
    return rd_kafka_produce(current->topic.get(), message.pending->partition, RD_KAFKA_MSG_F_COPY,
                            const_cast<char*>(message.value.data()),  // copied by the flag above
                            message.value.size(), message.key.data(), message.key.size(), message.pending) == 0;
  }

  /// An idempotent producer that met a fatal error sends nothing more: report what it holds, open a new one.
  void rebuild() {
    runtime::log_error("kafka_producer_rebuilt", {{"in_flight", in_flight.load()}});
    const auto old = log.load();
    rd_kafka_purge(old->handle.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    for (int i = 0; i < 50 && rd_kafka_outq_len(old->handle.get()) > 0; ++i) rd_kafka_poll(old->handle.get(), 100);
    deliver();
    for (auto& partition : partitions) {
      const std::lock_guard lock(partition.mutex);
      partition.gate.forget();
    }
    fatal = false;
    log.store(open());
  }

  void poll() {
    while (!stopping) {
      const auto current = log.load();
      rd_kafka_poll(current->handle.get(), 100);
      deliver();
      if (fatal) rebuild();
    }
  }

  Core& core_of(const asio::any_io_executor& executor) {
    thread_local const State* last_state = nullptr;
    thread_local Core* last_core = nullptr;
    thread_local const void* last_context = nullptr;
    const void* context = &asio::query(executor, asio::execution::context);
    if (last_state == this && last_context == context) return *last_core;
    const std::lock_guard lock(first_send_mutex);
    for (auto& slot : cores) {
      Core* core = slot.load(std::memory_order_acquire);
      if (core == nullptr) {
        core = new Core(executor);  // owned by the array, freed with the state
        slot.store(core, std::memory_order_release);
      }
      if (&asio::query(core->executor, asio::execution::context) != context) continue;
      last_state = this;
      last_context = context;
      last_core = core;
      return *core;
    }
    throw std::logic_error("more cores send than limits::cores_max");
  }

  void start(std::unique_ptr<Pending> pending, const asio::any_io_executor& executor, std::int32_t partition,
             std::string key, std::string value, std::uint32_t deadline_ms) {
    using Entry = PartitionGate<Message>::Entry;
    Core& core = core_of(executor);
    pending->started_ms = runtime::steady_ms();
    pending->deadline_ms = pending->started_ms + deadline_ms;
    pending->partition = partition;
    core.add(pending.get());
    in_flight.fetch_add(1, std::memory_order_relaxed);
    Message message{pending.release(), std::move(key), std::move(value)};  // comes back with its report
    Pending* const raw = message.pending;
    if (partition >= 0 && static_cast<std::size_t>(partition) < partitions.size()) {
      Partition& target = partitions[static_cast<std::size_t>(partition)];
      const std::lock_guard lock(target.mutex);
      const auto entry = target.gate.enter(message, raw->started_ms, limits::producer_queue_messages_max);
      if (entry == Entry::held || (entry == Entry::pass && produce(message))) return;
      if (entry == Entry::pass) target.gate.leave(1);
    }
    in_flight.fetch_sub(1, std::memory_order_relaxed);
    // Posted, because a handler must not run inside initiate.
    asio::post(executor, [&core, raw] { core.finish(raw, Persistence::not_persisted); });
  }
};

Producer::Producer(ProducerOptions options) : state_(std::make_shared<State>()) {
  state_->options = std::move(options);
  auto log = state_->open();
  const rd_kafka_metadata_t* raw = nullptr;
  const auto error = rd_kafka_metadata(log->handle.get(), 0, log->topic.get(), &raw, 10'000);
  const MetadataHandle metadata(raw);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt != 1 || metadata->topics[0].partition_cnt == 0) {
    throw StartError(3, "Kafka at " + state_->options.brokers + " does not tell the partitions of " +
                            state_->options.topic + " (" + rd_kafka_err2str(error) +
                            "): start the broker, correct kafka.brokers, or run `acq-settlement create-topic`");
  }
  state_->partitions = std::vector<State::Partition>(static_cast<std::size_t>(metadata->topics[0].partition_cnt));
  state_->log.store(std::move(log));
  state_->poller = std::thread([state = state_.get()] { state->poll(); });
}

Producer::~Producer() {
  state_->stopping = true;
  state_->poller.join();
}

std::int32_t Producer::partitions() const noexcept {
  return static_cast<std::int32_t>(state_->partitions.size());
}
std::size_t Producer::in_flight() const noexcept {
  return state_->in_flight.load(std::memory_order_relaxed);
}

asio::awaitable<Report> Producer::send(std::int32_t partition, std::string key, std::string value,
                                       std::uint32_t deadline_ms, std::function<void(Persistence)> on_late) {
  const auto executor = co_await asio::this_coro::executor;
  State* state = state_.get();
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Report)>(
      [&](auto handler) {
        using Handler = decltype(handler);
        state->start(std::make_unique<PendingFor<Handler>>(std::move(handler), std::move(on_late)), executor, partition,
                     std::move(key), std::move(value), deadline_ms);
      },
      asio::use_awaitable);
}

bool Producer::log_is_away() const noexcept {
  if (state_->fatal) return true;
  const auto now = runtime::steady_ms();
  for (const auto& slot : state_->cores) {
    const Core* const core = slot.load(std::memory_order_acquire);
    if (core == nullptr) return false;
    const auto oldest = core->oldest_started_ms.load(std::memory_order_relaxed);
    if (oldest != 0 && now - oldest > limits::log_away_after_ms) return true;
  }
  return false;
}

bool Producer::flush(std::uint32_t timeout_ms) {
  const auto end = runtime::steady_ms() + timeout_ms;
  while (in_flight() > 0 && runtime::steady_ms() < end) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return in_flight() == 0;
}

Result<std::int64_t> Producer::log_end(std::int32_t partition, std::uint32_t timeout_ms) {
  const auto current = state_->log.load();
  return offset_of(current->handle.get(), state_->options.topic, partition, RD_KAFKA_OFFSET_END, timeout_ms);
}

}  // namespace acq::kafka
