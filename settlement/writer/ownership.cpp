// The worker's comings and goings: taking partitions over, checking the log against the cursor, stopping, losing.
#include <algorithm>

#include "common/codec/intent_json.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "settlement/writer/worker.hpp"
#include "settlement/writer/worker_metrics.hpp"

namespace acq::settlement {

using runtime::steady_ms;

namespace {
constexpr std::uint32_t log_timeout_ms = 5'000;
constexpr std::uint32_t retry_ms = 200;
}  // namespace

std::vector<kafka::Position> Worker::assigned(std::span<const std::int32_t> partitions) {
  std::vector<kafka::Position> positions;
  for (const auto number : partitions) {
    while (!stopping_) {
      auto taken = take_over(number);
      if (!taken) {
        // Nothing is read before its position is known: a database or broker that is away means waiting.
        runtime::log_warning("partition_waits", {{"partition", number}, {"reason", taken.error().detail}});
        wait(retry_ms);
        continue;
      }
      if (*taken == nullptr) break;  // stopped by an incident
      positions.push_back({number, (*taken)->cursor.next_offset});
      runtime::log_info("partition_taken", {{"partition", number},
                                            {"epoch", (*taken)->cursor.epoch},
                                            {"next_offset", (*taken)->cursor.next_offset},
                                            {"open_items", (*taken)->head.size()}});
      partitions_[number] = std::move(*taken);
      break;
    }
  }
  owned_count_ = partitions_.size();
  return positions;
}

void Worker::revoked(std::span<const std::int32_t> partitions, bool lost) {
  for (const auto number : partitions) {
    const auto found = partitions_.find(number);
    if (found == partitions_.end()) continue;
    found->second->lease->end();  // its queued jobs are dropped; calls under way end within their timeout (P19)
    cache_.lost(number);
    if (!lost) release_lease(connection_, found->second->cursor);
    runtime::log_info("partition_given_up", {{"partition", number}, {"lost", lost}});
    partitions_.erase(found);
  }
  owned_count_ = partitions_.size();
}

Result<std::unique_ptr<Worker::Partition>> Worker::take_over(std::int32_t number) {
  const auto began = steady_ms();
  auto claim = claim_cursor(connection_, number, options_.topic.topic_id, options_.name);
  if (!claim) return claim.error();
  clock_measured_ms_ = steady_ms();
  clock_offset_ms_ = claim->now_ms - clock_measured_ms_;

  auto partition = std::make_unique<Partition>();
  partition->cursor = claim->cursor;
  partition->head = Head(claim->cursor.watermark);
  partition->lease = std::make_shared<Lease>();
  partition->lease->partition = number;
  partition->lease->until_steady_ms = began + limits::lease_ms;
  partition->renewed_steady_ms = began;
  // The old owner may have calls under way until its lease and one request's time are over. What we commit first
  // ourselves it cannot have sent: nobody sends before the commit, and its commits fail since our claim.
  partition->channel_from_ms = claim->previous_lease_until_ms + limits::channel_timeout_ms;

  if (partition->cursor.stopped_by) {
    runtime::log_error("partition_stopped", {{"partition", number}, {"incident", *partition->cursor.stopped_by}});
    metrics().stopped.add();
    return std::unique_ptr<Partition>();
  }
  auto incident = check_log(partition->cursor);
  if (!incident) return incident.error();
  if (*incident) {
    partitions_[number] = std::move(partition);
    stop_partition(number, **incident);
    return std::unique_ptr<Partition>();
  }
  if (auto loaded = load_head(*partition); !loaded) return loaded.error();
  cache_.owned(number, partition->cursor.epoch);
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
  if (partition.head.full()) return {};
  const auto now = now_ms();
  auto due =
      processor_.store().load_due(partition.cursor.partition, now, partition.head.rows() + limits::open_items_read_max);
  if (!due) return due.error();
  for (const auto& payment : *due) {
    if (partition.head.full()) break;
    if (partition.head.find(payment.payment_id) != nullptr) continue;
    partition.head.put(payment, true, now);
    Item* const item = partition.head.find(payment.payment_id);
    if (item != nullptr && !is_final(payment.state) && payment.next_query_at_ms == 0) partition.head.ask_at(*item, now);
  }
  return {};
}

Result<std::optional<Incident>> Worker::check_log(const Cursor& cursor) {
  if (cursor.topic_id != options_.topic.topic_id) {
    return std::optional<Incident>({"topic_changed", std::nullopt, cursor.next_offset, std::nullopt,
                                    "the topic was deleted and made again: its offsets mean other records"});
  }
  auto bounds = log_reader_.bounds(cursor.partition, log_timeout_ms);
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
  auto record = log_reader_.read(cursor.partition, last, log_timeout_ms);
  if (!record) return record.error();
  const auto intent = codec::decode_intent(record->value());
  if (!intent || std::get<PaymentRequested>(*intent).intent_id != cursor.last_intent_id) {
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
  cache_.lost(number);
  partitions_.erase(found);
  owned_count_ = partitions_.size();
  // The others read on from where they stand; what they hold in hand comes again.
  std::vector<kafka::Position> positions;
  for (auto& [other, state] : partitions_) {
    state->records.clear();
    positions.push_back({other, state->cursor.next_offset});
  }
  if (consumer_) consumer_->restart(positions);
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
      partition.head = Head(stored->watermark);
      if (auto loaded = load_head(partition); loaded) return true;
      wait(retry_ms);
      continue;
    }
    runtime::log_warning("partition_lost",
                         {{"partition", partition.cursor.partition}, {"epoch", partition.cursor.epoch}});
    partition.lease->end();
    cache_.lost(partition.cursor.partition);
    partitions_.erase(partition.cursor.partition);  // `partition` is gone from here
    owned_count_ = partitions_.size();
    return false;
  }
  return false;
}

}  // namespace acq::settlement
