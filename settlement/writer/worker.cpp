#include "settlement/writer/worker.hpp"

#include <algorithm>

#include "common/crypto/bytes.hpp"
#include "common/faults/fault_points.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "settlement/writer/worker_metrics.hpp"

namespace acq::settlement {

using runtime::steady_ms;

namespace {
constexpr std::uint32_t poll_idle_ms = 100;
constexpr std::int64_t renew_after_ms = limits::lease_ms / 3;
constexpr std::int64_t clock_every_ms = 10'000;
constexpr std::int64_t open_items_every_ms = 1'000;
constexpr std::uint32_t retry_ms_max = 2'000;

JobKind job_of(ChannelAct act) {
  switch (act) {
    case ChannelAct::close:
      return JobKind::close;
    case ChannelAct::reverse:
      return JobKind::reverse;
    case ChannelAct::none:
    case ChannelAct::query:
      break;
  }
  return JobKind::query;
}
}  // namespace

Worker::Worker(WorkerOptions options, mariadb::ConnectOptions database, SecretStore& secrets, JobRunner& runner,
               StateCache& cache, OutcomeInbox& inbox)
    : options_(std::move(options)),
      connection_(std::move(database)),
      secrets_(secrets),
      runner_(runner),
      cache_(cache),
      inbox_(inbox),
      processor_(connection_, {options_.topic.partitions, options_.channel,
                               [this](const MerchantId& id) { return secrets_.knows_after_refresh(id); }}),
      log_reader_(options_.log.brokers, options_.log.topic) {}

Worker::~Worker() {
  stop();
}

void Worker::start() {
  last_round_ms_ = steady_ms();
  consumer_ = std::make_unique<kafka::Consumer>(
      options_.log, kafka::ConsumerEvents{[this](std::span<const std::int32_t> p) { return assigned(p); },
                                          [this](std::span<const std::int32_t> p, bool lost) { revoked(p, lost); },
                                          [this](std::int32_t p) { to_stop_.push_back(p); },
                                          [this] {
                                            for (auto& [number, partition] : partitions_) partition->log_checked_ms = 0;
                                          }});
  inbox_.set_wake([this] { consumer_->wake(); });
  thread_ = std::thread([this] { run(); });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  wait_.notify_all();
  consumer_->wake();
  thread_.join();
  inbox_.set_wake({});
  consumer_.reset();
}

std::int64_t Worker::idle_ms() const noexcept {
  return steady_ms() - last_round_ms_.load(std::memory_order_relaxed);
}
std::int64_t Worker::unowned_ms() const noexcept {
  const auto since = unowned_since_ms_.load(std::memory_order_relaxed);
  return since == 0 ? 0 : steady_ms() - since;
}
std::int64_t Worker::now_ms() const {
  return steady_ms() + clock_offset_ms_;
}

void Worker::wait(std::uint32_t ms) {
  std::unique_lock lock(wait_mutex_);
  wait_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return stopping_.load(); });
}

Result<void> Worker::measure_clock() {
  auto now = database_now_ms(connection_);
  if (!now) return now.error();
  clock_measured_ms_ = steady_ms();
  clock_offset_ms_ = *now - clock_measured_ms_;
  return {};
}

void Worker::run() {
  while (!stopping_) {
    last_round_ms_.store(steady_ms(), std::memory_order_relaxed);
    gather();
    for (const auto number : std::exchange(to_stop_, {})) {
      const auto found = partitions_.find(number);
      if (found == partitions_.end()) continue;
      stop_partition(number, {"gap", std::nullopt, found->second->cursor.next_offset, std::nullopt,
                              "the next offset is not on the log"});
    }
    claim_unowned();
    std::vector<std::int32_t> numbers;  // a step may lose its partition
    for (const auto& [number, partition] : partitions_) numbers.push_back(number);
    for (const auto number : numbers) {
      if (const auto found = partitions_.find(number); found != partitions_.end()) step(*found->second);
    }
    if (steady_ms() - clock_measured_ms_ > clock_every_ms) [[maybe_unused]]
      const auto measured = measure_clock();
  }
  for (auto& [number, partition] : partitions_) {
    partition->lease->end();
    release_lease(connection_, partition->cursor, partition->channel_from_ms - limits::channel_timeout_ms);
  }
  faults::crash_point(faults::Point::lease_released);
}

/// Single polls into each partition's hand until enough came or nothing more comes for a moment.
void Worker::gather() {
  std::int64_t timeout = poll_idle_ms;
  const auto now = now_ms();
  for (const auto& [number, partition] : partitions_) {
    const bool more_is_due =
        partition->due_pass && partition->head.size() + limits::open_items_read_max <= limits::head_items_max;
    if (!partition->outcomes.empty() || more_is_due) timeout = 0;
    if (const auto due = partition->head.next_due_ms(); due != 0)
      timeout = std::clamp<std::int64_t>(due - now, 0, timeout);
  }
  std::int64_t gather_until = 0;
  std::size_t count = 0;
  while (count < limits::batch_inputs_max) {
    auto record = consumer_->poll(static_cast<std::uint32_t>(timeout));
    if (record) {
      ++count;
      const auto found = partitions_.find(record->partition());
      if (found != partitions_.end()) {
        auto& partition = *found->second;
        const auto expected = partition.cursor.next_offset + static_cast<std::int64_t>(partition.records.size());
        if (record->offset() == expected) {
          partition.records.push_back(std::move(*record));
        } else if (record->offset() > expected) {
          // Without transactions and compaction offsets are contiguous: what is missing was deleted (P10).
          // What is in hand before it is applied first: the incident begins where the log breaks off.
          partition.gap = {"gap", std::nullopt, expected, record->offset(), "records are missing on the log"};
          break;
        }
      }
    }
    const auto steady = steady_ms();
    if (gather_until == 0) gather_until = steady + limits::batch_gather_ms;
    if (steady >= gather_until) break;
    timeout = gather_until - steady;
  }
  if (count > 0) faults::crash_point(faults::Point::records_polled);
  auto outcomes = inbox_.take();
  if (!outcomes.empty()) faults::crash_point(faults::Point::outcomes_taken);
  for (auto& [number, outcome] : outcomes) {
    const auto found = partitions_.find(number);
    if (found == partitions_.end()) continue;
    if (const auto* refund = std::get_if<RefundAnswer>(&outcome)) {
      found->second->refunds_under_way.erase(refund->refund_id);
    } else if (Item* const item = found->second->head.find(payment_of(outcome))) {
      (std::holds_alternative<CallbackAnswer>(outcome) ? item->telling : item->asking) = false;
    }
    found->second->outcomes.push_back(std::move(outcome));
  }
}

void Worker::step(Partition& partition) {
  const auto number = partition.cursor.partition;
  const auto steady = steady_ms();
  if (!still_the_same_log(partition)) return;
  const bool pass_is_due = steady - partition.open_items_read_ms > open_items_every_ms;
  if (pass_is_due || partition.due_pass) {
    if (pass_is_due) {
      partition.open_items_read_ms = steady;
      if (!partition.due_pass) partition.due_pass.emplace();
      dispatch_refunds(partition);
    }
    if (auto read = read_open_items(partition); !read) {
      runtime::log_warning("open_items_not_read", {{"partition", number}, {"reason", read.error().detail}});
    }
  }
  const bool renew = steady - partition.renewed_steady_ms > renew_after_ms;
  const bool rows_owed = !partition.head.overdue_for_row(now_ms(), 1).empty();
  if (!partition.records.empty() || !partition.outcomes.empty() || renew || rows_owed) {
    const auto records = std::exchange(partition.records, {});
    auto outcomes = std::exchange(partition.outcomes, {});
    if (outcomes.size() > limits::batch_inputs_max) {  // the rest is the next batch's, and comes at once
      const auto rest = outcomes.begin() + limits::batch_inputs_max;
      partition.outcomes.assign(std::make_move_iterator(rest), std::make_move_iterator(outcomes.end()));
      outcomes.erase(rest, outcomes.end());
    }
    if (!commit(partition, records, outcomes)) return;
  }
  if (partition.gap) {
    const Incident gap = *partition.gap;
    return stop_partition(number, gap);  // `partition` is gone from here
  }
  dispatch_due(partition);
}

bool Worker::commit(Partition& partition, std::span<const kafka::Record> records, std::span<const Outcome> outcomes) {
  std::uint32_t backoff = 50;
  while (!stopping_) {
    const auto began = steady_ms();
    auto committed = processor_.process(partition.cursor, partition.head, {records, outcomes}, now_ms());
    if (committed) {
      after_commit(partition, std::move(*committed), began);
      return true;
    }
    const auto& why = committed.error();
    if (why.code == Errc::ownership_lost) {
      if (!reload_after_lost_ownership(partition)) return false;
      // One's own late COMMIT: what it applied is done; go on behind it.
      while (!records.empty() && records.front().offset() < partition.cursor.next_offset) records = records.subspan(1);
      continue;
    }
    if (why.code == Errc::database_rule) return halve(partition, records, outcomes, why);
    // Away, read-only, full, locked: never a dead letter, always waiting.
    metrics().database_waits.add();
    runtime::log_warning("database_waited_for", {{"partition", partition.cursor.partition}, {"reason", why.detail}});
    wait(backoff);
    backoff = std::min(backoff * 2, retry_ms_max);
  }
  return false;
}

bool Worker::halve(Partition& partition, std::span<const kafka::Record> records, std::span<const Outcome> outcomes,
                   const Failure& why) {
  faults::crash_point(faults::Point::batch_halved);
  if (records.size() + outcomes.size() == 0) {
    // Nothing of ours was in it: the bookkeeping itself is refused. A defect; named, and tried again like an outage.
    runtime::log_error("bookkeeping_refused", {{"partition", partition.cursor.partition}, {"reason", why.detail}});
    wait(retry_ms_max);
    return !stopping_;
  }
  if (!records.empty() && !outcomes.empty()) return commit(partition, {}, outcomes) && commit(partition, records, {});
  if (records.size() > 1) {
    const auto half = records.size() / 2;
    return commit(partition, records.first(half), {}) && commit(partition, records.subspan(half), {});
  }
  if (outcomes.size() > 1) {
    const auto half = outcomes.size() / 2;
    return commit(partition, {}, outcomes.first(half)) && commit(partition, {}, outcomes.subspan(half));
  }
  if (!outcomes.empty()) {
    // The channel's words do not fit the table: not believed; its payment is asked about again in a minute.
    runtime::log_error("outcome_refused",
                       {{"payment_id", payment_of(outcomes.front()).text()}, {"reason", why.detail}});
    if (Item* const item = partition.head.find(payment_of(outcomes.front())))
      partition.head.ask_at(*item, now_ms() + 60'000);
    return true;
  }
  const auto began = steady_ms();
  auto parked = processor_.park(partition.cursor, partition.head, records.front(), why, now_ms());
  while (!parked && parked.error().code == Errc::database_rule && !stopping_) {
    // Not the record's fault: a defect of ours, named, and tried again like an outage.
    runtime::log_error("dead_letter_refused",
                       {{"partition", partition.cursor.partition}, {"reason", parked.error().detail}});
    wait(retry_ms_max);
    parked = processor_.park(partition.cursor, partition.head, records.front(), why, now_ms());
  }
  if (!parked) return commit(partition, records, {});
  after_commit(partition, std::move(*parked), began);
  return true;
}

void Worker::after_commit(Partition& partition, Committed committed, std::int64_t began_steady_ms) {
  const auto now = now_ms();
  partition.cursor = committed.cursor;
  partition.renewed_steady_ms = began_steady_ms;
  partition.lease->until_steady_ms = began_steady_ms + limits::lease_ms;
  partition.lease->clock_offset_ms = clock_offset_ms_;
  metrics().batches.add();
  metrics().intents.add(static_cast<double>(committed.records));
  metrics().batch_seconds.observe_seconds(static_cast<double>(steady_ms() - began_steady_ms) / 1000.0);
  if (committed.dead_letters > 0) {
    metrics().dead_letters.add(static_cast<double>(committed.dead_letters));
    runtime::log_error("dead_letters", {{"partition", partition.cursor.partition}, {"count", committed.dead_letters}});
  }

  for (std::size_t i = 0; i < committed.changed.size(); ++i) {
    const auto& payment = committed.changed[i];
    const bool keep = std::find(committed.stored_only.begin(), committed.stored_only.end(), payment.payment_id) ==
                      committed.stored_only.end();
    // What changed and was not in the head is open by its row.
    partition.head.put(payment, i >= committed.inserted, now, keep);
  }
  partition.head.applied(partition.cursor.next_offset);

  std::vector<Job> jobs;
  for (const auto& [payment_id, effect, attempt] : committed.effects) {
    Item* const item = partition.head.find(payment_id);
    if (item == nullptr || effect == Effect::query_later) continue;
    if (item->payment.attempt != attempt || is_final(item->payment.state)) continue;
    if (item->asking) {
      // A call about it is under way still; what is owed now is asked about when that has surely ended.
      if (effect != Effect::end_now) partition.head.ask_at(*item, now + limits::channel_timeout_ms);
      continue;
    }
    // A charge is of what we applied first; anything else may be about what the old owner is sending (P19).
    if (effect != Effect::charge && now < partition.channel_from_ms) {
      partition.head.ask_at(*item, partition.channel_from_ms);
      continue;
    }
    item->asking = true;
    const auto kind = effect == Effect::charge    ? JobKind::charge
                      : effect == Effect::end_now ? JobKind::close
                                                  : JobKind::query;
    jobs.push_back({kind, item->payment, partition.lease, {}});
  }
  for (auto& [refund, step] : committed.refund_steps) {
    // What the old owner may be sending is asked about when that has surely ended; it is due by its row (P19).
    if (step == RefundStep::query && now < partition.channel_from_ms) continue;
    if (!partition.refunds_under_way.insert(refund.refund_id).second) continue;
    jobs.push_back({step == RefundStep::send ? JobKind::refund : JobKind::query_refund, {}, partition.lease, refund});
  }
  if (!jobs.empty()) {
    runner_.submit(std::move(jobs));
    faults::crash_point(faults::Point::jobs_submitted);
  }
  for (const auto& payment : committed.changed) let_go(partition, payment.payment_id, now);
  for (const auto& id : committed.moved_on) let_go(partition, id, now);
  cache_.publish(std::move(committed.changed));
  faults::crash_point(faults::Point::cache_published);
  if (committed.records > 0) consumer_->commit_hint(partition.cursor.partition, partition.cursor.next_offset);
}

void Worker::dispatch_due(Partition& partition) {
  const auto now = now_ms();
  std::vector<Job> jobs;
  for (Item* const item : partition.head.take_due(now, limits::batch_inputs_max)) {
    const auto& payment = item->payment;
    if (!item->asking && !is_final(payment.state) && payment.next_query_at_ms != 0 && payment.next_query_at_ms <= now) {
      if (now < partition.channel_from_ms) {
        partition.head.ask_at(*item, partition.channel_from_ms);
      } else {
        item->asking = true;
        jobs.push_back({job_of(channel_act(payment, now)), payment, partition.lease, {}});
      }
    }
    if (!item->telling && payment.told_sequence < payment.sequence && payment.next_tell_at_ms <= now) {
      item->telling = true;
      jobs.push_back({JobKind::tell, payment, partition.lease, {}});
    }
  }
  if (!jobs.empty()) runner_.submit(std::move(jobs));
}

/// Refunds that are due and not under way: what may have been sent is asked about (P18).
void Worker::dispatch_refunds(Partition& partition) {
  const auto now = now_ms();
  if (now < partition.channel_from_ms) return;
  auto due = processor_.refunds().load_due(partition.cursor.partition, now, limits::refunds_in_flight_max);
  if (!due) {
    runtime::log_warning("refunds_not_read",
                         {{"partition", partition.cursor.partition}, {"reason", due.error().detail}});
    return;
  }
  std::vector<Job> jobs;
  for (auto& refund : *due) {
    if (partition.refunds_under_way.size() >= limits::refunds_in_flight_max) break;
    if (!partition.refunds_under_way.insert(refund.refund_id).second) continue;
    jobs.push_back({JobKind::query_refund, {}, partition.lease, std::move(refund)});
  }
  if (!jobs.empty()) runner_.submit(std::move(jobs));
}

void Worker::let_go(Partition& partition, const PaymentId& id, std::int64_t now) {
  const Item* const item = partition.head.find(id);
  if (item == nullptr || !item->has_row || item->asking || item->telling) return;
  if (due_at_ms(item->payment) <= now + limits::head_keep_ms) return;
  const Payment payment = item->payment;
  partition.head.put(payment, true, now, false);
}

}  // namespace acq::settlement
