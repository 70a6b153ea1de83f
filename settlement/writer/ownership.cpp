// The worker's comings and goings: taking partitions over, checking the log against the cursor, stopping, losing.
#include <algorithm>

#include "common/codec/intent_json.hpp"
#include "common/faults/fault_points.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "settlement/writer/worker.hpp"
#include "settlement/writer/worker_metrics.hpp"

namespace acq::settlement {

using runtime::steady_ms;

namespace {
constexpr std::uint32_t log_timeout_ms = 5'000;
constexpr std::uint32_t quick_check_ms = 500;  // beside the work: a lease must not run out over it
constexpr std::uint32_t retry_ms = 200;
}  // namespace

std::vector<kafka::Position> Worker::assigned(std::span<const std::int32_t> partitions) {
  std::vector<kafka::Position> positions;
  unowned_.clear();
  for (const auto number : partitions) {
    while (!stopping_) {
      auto taken = take_over(number);
      if (!taken) {
        // Nothing is read before its position is known: a database or broker that is away means waiting.
        runtime::log_warning("partition_waits", {{"partition", number}, {"reason", taken.error().detail}});
        wait(retry_ms);
        continue;
      }
      if (*taken == nullptr) {
        unowned_[number] = {steady_ms(), steady_ms() + limits::claim_retry_ms, true};
        break;
      }
      positions.push_back({number, (*taken)->cursor.next_offset});
      partitions_[number] = std::move(*taken);
      break;
    }
  }
  count_partitions();
  return positions;
}

void Worker::count_partitions() {
  owned_count_ = partitions_.size();
  waiting_count_ = unowned_.size();
  std::int64_t since = 0;
  std::int64_t stopped = 0;
  for (const auto& [number, one] : unowned_) {
    if (one.stopped)
      ++stopped;
    else if (since == 0 || one.since_steady_ms < since)
      since = one.since_steady_ms;
  }
  unowned_since_ms_ = since;
  metrics().partitions_owned.set(static_cast<double>(partitions_.size()));
  metrics().partitions_stopped.set(static_cast<double>(stopped));
  metrics().partitions_waiting.set(static_cast<double>(unowned_.size()) - static_cast<double>(stopped));
}

void Worker::restart_reading() {
  std::vector<kafka::Position> positions;
  for (auto& [number, partition] : partitions_) {
    partition->records.clear();  // they come again, and so does a gap behind them
    partition->gap.reset();
    positions.push_back({number, partition->cursor.next_offset});
  }
  if (consumer_) consumer_->restart(positions);
}

void Worker::claim_unowned() {
  bool taken_any = false;
  for (auto& [number, one] : unowned_) {
    if (steady_ms() < one.next_try_steady_ms) continue;
    one.next_try_steady_ms = steady_ms() + limits::claim_retry_ms;
    const auto standing = read_standing(connection_, number);
    if (!standing || standing->cursor.stopped_by) {
      one.stopped = one.stopped || standing;
      continue;
    }
    one.stopped = false;
    if (standing->lease_left_ms > 0) continue;  // somebody works there; the group will say so, or the lease ends
    auto taken = take_over(number);
    if (!taken) {
      runtime::log_warning("partition_waits", {{"partition", number}, {"reason", taken.error().detail}});
      continue;
    }
    one.stopped = *taken == nullptr;
    if (*taken == nullptr) continue;
    partitions_[number] = std::move(*taken);
    taken_any = true;
  }
  if (taken_any) {
    std::erase_if(unowned_, [this](const auto& one) { return partitions_.contains(one.first); });
    restart_reading();
  }
  if (taken_any || !unowned_.empty()) count_partitions();
}

void Worker::revoked(std::span<const std::int32_t> partitions, bool lost) {
  for (const auto number : partitions) {
    unowned_.erase(number);
    const auto found = partitions_.find(number);
    if (found == partitions_.end()) continue;
    found->second->lease->end();  // its queued jobs are dropped; calls under way end within their timeout (P19)
    cache_.lost(number);
    if (!lost)
      release_lease(connection_, found->second->cursor, found->second->channel_from_ms - limits::channel_timeout_ms);
    runtime::log_info("partition_given_up", {{"partition", number}, {"lost", lost}});
    partitions_.erase(found);
  }
  count_partitions();
}

Result<std::unique_ptr<Worker::Partition>> Worker::take_over(std::int32_t number) {
  const auto began = steady_ms();
  auto claim = claim_cursor(connection_, number, options_.topic.topic_id, options_.name);
  if (!claim) return claim.error();
  faults::crash_point(faults::Point::partition_claimed);
  clock_measured_ms_ = steady_ms();
  clock_offset_ms_ = claim->now_ms - clock_measured_ms_;

  auto partition = std::make_unique<Partition>();
  partition->cursor = claim->cursor;
  partition->head = Head(claim->cursor.watermark);
  partition->lease = std::make_shared<Lease>();
  partition->lease->partition = number;
  partition->lease->until_steady_ms = began + limits::lease_ms;
  partition->lease->clock_offset_ms = clock_offset_ms_;
  partition->renewed_steady_ms = began;
  // The old owner may have calls under way until its lease and one request's time are over. What we commit first
  // ourselves it cannot have sent: nobody sends before the commit, and its commits fail since our claim.
  partition->channel_from_ms = claim->previous_lease_until_ms + limits::channel_timeout_ms;

  if (partition->cursor.stopped_by) {
    runtime::log_error("partition_stopped", {{"partition", number}, {"incident", *partition->cursor.stopped_by}});
    metrics().stopped.add();
    return std::unique_ptr<Partition>();
  }
  auto incident = check_log(partition->cursor, log_timeout_ms);
  if (!incident) return incident.error();
  partition->log_checked_ms = steady_ms();
  if (*incident) {
    partitions_[number] = std::move(partition);
    stop_partition(number, **incident);
    return std::unique_ptr<Partition>();
  }
  processor_.store().forget_held();
  processor_.refunds().forget_held();
  if (auto loaded = load_head(*partition); !loaded) return loaded.error();
  faults::crash_point(faults::Point::head_loaded);
  cache_.owned(number, partition->cursor.epoch);
  runtime::log_info("partition_taken", {{"partition", number},
                                        {"epoch", partition->cursor.epoch},
                                        {"next_offset", partition->cursor.next_offset},
                                        {"open_items", partition->head.size()}});
  return partition;
}

Result<void> Worker::load_head(Partition& partition) {
  const auto now = now_ms();
  for (std::int64_t from = partition.cursor.watermark;;) {
    auto page = processor_.store().load_above(partition.cursor.partition, partition.cursor.watermark, from,
                                              limits::open_items_read_max);
    if (!page) return page.error();
    for (const auto& payment : *page) {
      partition.head.put(payment, false, now);
      Item* const item = partition.head.find(payment.payment_id);
      // Its charge may have been sent by the old owner: it is asked about first (P18, P20).
      if (!is_final(payment.state) && payment.next_query_at_ms == 0) partition.head.ask_at(*item, now);
    }
    if (page->size() < limits::open_items_read_max) break;
    from = page->back().log_offset + 1;
  }
  partition.head.applied(partition.cursor.next_offset);
  return read_open_items(partition);
}

/// What is due in open_items and not in the head: the rest of a full head, and what an old owner left there.
Result<void> Worker::read_open_items(Partition& partition) {
  // A page needs room for all of it: what does not fit is read when the head has run lower.
  if (partition.head.size() + limits::open_items_read_max > limits::head_items_max) return {};
  const auto now = now_ms();
  const auto from = partition.due_pass.value_or(PaymentStore::DuePosition{});
  auto due = processor_.store().load_due(partition.cursor.partition, now, from, limits::open_items_read_max);
  if (!due) return due.error();
  if (due->payments.size() < limits::open_items_read_max)
    partition.due_pass.reset();
  else
    partition.due_pass = due->last;
  for (const auto& payment : due->payments) {
    if (partition.head.find(payment.payment_id) != nullptr) continue;
    partition.head.put(payment, true, now);
    Item* const item = partition.head.find(payment.payment_id);
    if (item != nullptr && !is_final(payment.state) && payment.next_query_at_ms == 0) partition.head.ask_at(*item, now);
  }
  return {};
}

bool Worker::still_the_same_log(Partition& partition) {
  if (partition.log_checked_ms != 0 && steady_ms() - partition.log_checked_ms < limits::log_check_ms) return true;
  if (steady_ms() < log_away_until_ms_) return true;
  auto incident = check_log(partition.cursor, quick_check_ms);
  if (!incident) {
    // Away: nothing can be read, and nothing is. One partition asks again in a second, beside the work that goes on.
    log_away_until_ms_ = steady_ms() + limits::claim_retry_ms;
    return true;
  }
  partition.log_checked_ms = steady_ms();
  if (!*incident) return true;
  stop_partition(partition.cursor.partition, **incident);  // `partition` is gone from here
  return false;
}

Result<std::optional<Incident>> Worker::check_log(const Cursor& cursor, std::uint32_t timeout_ms) {
  const auto topic_id = kafka::read_topic_id(options_.log.brokers, options_.log.topic, timeout_ms);
  if (!topic_id) return topic_id.error();
  if (cursor.topic_id != *topic_id) {
    return std::optional<Incident>({"topic_changed", std::nullopt, cursor.next_offset, std::nullopt,
                                    "the topic was deleted and made again: its offsets mean other records"});
  }
  auto bounds = log_reader_.bounds(cursor.partition, timeout_ms);
  if (!bounds) return bounds.error();
  if (bounds->end < cursor.next_offset) {
    return std::optional<Incident>({"log_moved_back", std::nullopt, bounds->end, cursor.next_offset,
                                    "the log ends before what was already applied"});
  }
  if (bounds->first > cursor.next_offset) {
    return std::optional<Incident>(
        {"gap", std::nullopt, cursor.next_offset, bounds->first, "records were deleted unread"});
  }
  const auto last = cursor.next_offset - 1;
  if (last < bounds->first || cursor.last_intent_id == IntentId{}) return std::optional<Incident>{};
  auto record = log_reader_.read(cursor.partition, last, timeout_ms);
  if (!record) return record.error();
  const auto intent = codec::decode_intent(record->value());
  if (!intent || id_of(*intent) != cursor.last_intent_id) {
    return std::optional<Incident>({"intent_differs", std::nullopt, last, cursor.next_offset,
                                    "the record before the cursor is not the one that was applied"});
  }
  return std::optional<Incident>{};
}

void Worker::stop_partition(std::int32_t number, Incident incident) {
  const auto found = partitions_.find(number);
  if (found == partitions_.end()) return;
  auto& partition = *found->second;
  runtime::log_error("partition_stopped", {{"partition", number},
                                           {"incident", incident.kind},
                                           {"detail", incident.detail},
                                           {"from_offset", incident.from_offset.value_or(-1)},
                                           {"to_offset", incident.to_offset.value_or(-1)}});
  metrics().stopped.add();
  // The incident and the stop are one transaction; should it fail, the next owner meets the same log and tries again.
  const auto stored = [&]() -> Result<void> {
    if (auto r = connection_.connect(); !r) return r;
    if (auto r = connection_.begin(); !r) return r;
    auto id = processor_.store().insert_incident(number, incident, now_ms());
    if (!id) return id.error();
    Cursor to = partition.cursor;
    to.stopped_by = *id;
    if (auto r = move_cursor(connection_, partition.cursor, to); !r) return r;
    return connection_.commit();
  }();
  if (!stored) {
    connection_.rollback();
    runtime::log_error("incident_not_stored", {{"partition", number}, {"reason", stored.error().detail}});
  }
  partition.lease->end();
  release_lease(connection_, partition.cursor, partition.channel_from_ms - limits::channel_timeout_ms);
  cache_.lost(number);
  partitions_.erase(found);
  unowned_[number] = {steady_ms(), steady_ms() + limits::claim_retry_ms, true};
  count_partitions();
  restart_reading();
}

bool Worker::reload_after_lost_ownership(Partition& partition) {
  while (!stopping_) {
    auto stored = read_cursor(connection_, partition.cursor.partition);
    if (!stored && stored.error().code != Errc::ownership_lost) {
      wait(retry_ms);
      continue;
    }
    if (stored && stored->epoch == partition.cursor.epoch && !stored->stopped_by) {
      partition.cursor = *stored;
      // The head forgets which calls are under way: they are dropped, and what was sent has its time to end (P19).
      partition.lease->end();
      partition.lease = std::make_shared<Lease>();
      partition.lease->partition = stored->partition;
      partition.channel_from_ms = now_ms() + limits::channel_timeout_ms;
      partition.head = Head(stored->watermark);
      if (auto loaded = load_head(partition); loaded) return true;
      wait(retry_ms);
      continue;
    }
    runtime::log_warning("partition_lost",
                         {{"partition", partition.cursor.partition}, {"epoch", partition.cursor.epoch}});
    partition.lease->end();
    cache_.lost(partition.cursor.partition);
    const auto number = partition.cursor.partition;
    partitions_.erase(number);  // `partition` is gone from here
    // The group may still call it ours: then it is taken again once the other's lease is over.
    unowned_[number] = {steady_ms(), steady_ms() + limits::claim_retry_ms, stored && stored->stopped_by.has_value()};
    count_partitions();
    restart_reading();
    return false;
  }
  return false;
}

}  // namespace acq::settlement
