#include "gateway/witness_keeper.hpp"

#include <algorithm>
#include <chrono>

#include "common/codec/json_document.hpp"
#include "common/domain/ids.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"

namespace acq::gateway {
namespace {

using journal::Offer;
using journal::OfferFate;
using journal::RawId;
using journal::Standing;

constexpr std::uint32_t broker_timeout_ms = 3'000;
constexpr auto age_told_every = std::chrono::seconds(1);
/// The log's own queue drops the oldest lines when it is full; a name must not be among them.
constexpr std::size_t lines_between_flushes = 1'000;

std::optional<RawId> id_of_key(std::string_view key) {
  if (const auto payment = PaymentId::parse(key)) return payment->bytes;
  if (const auto intent = IntentId::parse(key)) return intent->bytes;
  return std::nullopt;
}

/// One line per lost intent, with what its own bytes say it was.
void name_one(const journal::Record& offered) {
  const auto json = codec::parse_json(offered.payload);
  const auto member = [&](std::string_view name) {
    return std::string(json ? json->string_or(name) : std::string_view());
  };
  runtime::log_error("intent_unaccounted", {{"intent_id", IntentId{offered.intent_id}.text()},
                                            {"payment_id", member("payment_id")},
                                            {"type", member("type")},
                                            {"partition", offered.partition},
                                            {"offered_at_ms", offered.unix_ms}});
}

}  // namespace

WitnessKeeper::WitnessKeeper(WitnessKeeperOptions options, const journal::Journal& witness,
                             const kafka::TopicWatch& topic)
    : options_(std::move(options)),
      topic_(topic),
      directory_(witness.directory()),
      segments_(directory_, [&witness] { return witness.current_segment(); }),
      reader_(options_.brokers, options_.topic),
      database_(options_.database),
      unaccounted_gauge_(runtime::gauge("acq_witness_unaccounted",
                                        "Intents of this witness that are neither stored nor refused nor on the log")),
      unbalanced_gauge_(runtime::gauge("acq_witness_unbalanced_segments", "Closed segments that are not balanced")),
      age_gauge_(runtime::gauge("acq_witness_last_balance_age_seconds",
                                "Since the witness was last read to its end "
                                "and every id in it looked up")),
      balanced_at_ms_(runtime::steady_ms()),
      thread_([this] { run(); }) {}

WitnessKeeper::~WitnessKeeper() {
  stop();
}

void WitnessKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  cancelled_.store(true);
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void WitnessKeeper::hurry() {
  const std::lock_guard lock(mutex_);
  hurried_ = true;
  wake_.notify_all();
}

void WitnessKeeper::run() {
  std::int64_t began_ms = runtime::steady_ms();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, age_told_every, [this] { return stopping_; });
    if (stopping_) break;
    const std::int64_t since_ms = runtime::steady_ms() - began_ms;
    const bool hurried = hurried_ && since_ms >= std::min(limits::witness_hurry_ms, options_.balance_every_ms);
    const bool due = hurried || since_ms >= options_.balance_every_ms;
    if (due) hurried_ = false;
    lock.unlock();
    if (due) {
      began_ms = runtime::steady_ms();
      if (balance()) balanced_at_ms_ = runtime::steady_ms();
    }
    age_gauge_.set(static_cast<double>(runtime::steady_ms() - balanced_at_ms_) / 1000.0);
    lock.lock();
  }
}

bool WitnessKeeper::balance() {
  bool whole = view_partitions();
  std::vector<RawId> absent;
  for (bool all_read = false; !all_read && !cancelled_;) {
    const auto read = segments_.read_new();
    if (!read) {
      runtime::log_error("witness_unreadable", {{"detail", read.error().detail}});
      return false;
    }
    all_read = *read;
    const std::size_t before = segments_.ledger().size();
    absent.clear();
    if (!look_up(absent)) return false;
    if (!all_read && segments_.ledger().size() == before) {
      runtime::log_warning("witness_balance_behind", {{"open_ids", before}});
      whole = false;
      break;
    }
  }
  name(missing_of(absent));
  unaccounted_gauge_.set(static_cast<double>(named_.size()));
  segments_.mark_balanced();
  unbalanced_gauge_.set(static_cast<double>(segments_.unbalanced()));
  remove_old_segments();
  return whole && !cancelled_;
}

bool WitnessKeeper::view_partitions() {
  views_.clear();
  bool whole = true;
  for (std::int32_t partition = 0; partition < topic_.facts()->partitions; ++partition) {
    whole = view_partition(partition) && whole;
  }
  return whole;
}

bool WitnessKeeper::view_partition(std::int32_t partition) {
  PartitionView view;
  view.asked_at_ms = runtime::unix_ms();
  const auto bounds = reader_.bounds(partition, broker_timeout_ms);
  if (!bounds) return false;
  const auto cursors = read_cursors(database_);
  if (!cursors) return false;
  const auto cursor = cursors->find(partition);
  if (cursor == cursors->end()) return true;  // no writer ever owned it: whatever was offered waits
  view.first = bounds->first;
  view.end = bounds->end;
  view.next_offset = cursor->second.next_offset;
  view.gap = view.first > view.next_offset;
  if (view.end < view.next_offset) {  // unless it was written, and applied, while we asked
    const auto again = reader_.bounds(partition, broker_timeout_ms);
    if (!again) return false;
    view.other_log = again->end < view.next_offset;
  }
  view.other_log = view.other_log || cursor->second.topic_id != topic_.facts()->topic_id;
  auto& progress = progress_[partition];
  if (view.holed() || cursor->second.stopped) {
    progress.forget();
  } else {
    progress.note_end(view.asked_at_ms, view.end);
    progress.note_cursor(view.next_offset);
  }
  views_[partition] = view;
  return true;
}

bool WitnessKeeper::look_up(std::vector<RawId>& absent) {
  const std::int64_t now_ms = runtime::unix_ms();
  std::vector<RawId> refused;
  std::vector<RawId> asked;
  segments_.ledger().each([&](const RawId& id, const Offer& offer) {
    if (offer.fate() == OfferFate::refused && offer.window_over(now_ms)) {
      refused.push_back(id);
    } else if (offer.persisted || offer.window_over(now_ms)) {
      asked.push_back(id);
    }
  });
  for (const auto& id : refused) segments_.settle(id);
  std::sort(asked.begin(), asked.end());  // by time: neighbours lie on the same pages
  for (std::size_t at = 0; at < asked.size() && !cancelled_; at += limits::witness_batch_ids_max) {
    const auto from = asked.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = std::min(limits::witness_batch_ids_max, asked.size() - at);
    if (!look_up_batch({from, from + static_cast<std::ptrdiff_t>(count)}, absent)) return false;
  }
  return !cancelled_;
}

bool WitnessKeeper::look_up_batch(const std::vector<RawId>& ids, std::vector<RawId>& absent) {
  const auto stored = find_stored(database_, ids);
  if (!stored) return false;
  for (const auto& id : ids) {
    if (!stored->contains(id)) {
      absent.push_back(id);
      continue;
    }
    if (named_.erase(id) == 1) {
      runtime::log_info("intent_accounted", {{"intent_id", IntentId{id}.text()}});
    }
    segments_.settle(id);
  }
  return true;
}

std::vector<RawId> WitnessKeeper::missing_of(const std::vector<RawId>& absent) {
  const auto& ledger = segments_.ledger();
  std::map<std::int32_t, std::vector<RawId>> by_partition;
  for (const auto& id : absent) {
    if (!named_.contains(id)) by_partition[ledger.find(id)->partition].push_back(id);
  }
  std::vector<RawId> missing;
  for (const auto& [partition, ids] : by_partition) {
    const auto view = views_.find(partition);
    if (view == views_.end()) continue;
    OnLog on_log;
    if (view->second.holed()) on_log = search_log(partition, view->second, ids);
    for (const auto& id : ids) {
      journal::Evidence evidence;
      evidence.applied_ms = progress_[partition].applied_ms();
      if (const auto found = on_log.find(id); found != on_log.end()) evidence.on_log = found->second;
      // Judged at the time of the questions: what they answered says nothing of later offers.
      const auto standing = standing_of(*ledger.find(id), evidence, view->second.asked_at_ms);
      if (standing == Standing::missing) missing.push_back(id);
    }
  }
  return missing;
}

WitnessKeeper::OnLog WitnessKeeper::search_log(std::int32_t partition, const PartitionView& view,
                                               const std::vector<RawId>& candidates) {
  OnLog on_log;
  std::optional<std::int64_t> kept_from_ms;  // none: nothing is left, whatever is absent may have been deleted
  if (view.first < view.end) {
    const auto oldest = reader_.read(partition, view.first, broker_timeout_ms);
    if (!oldest) return {};
    kept_from_ms = oldest->append_ms() + limits::clocks_apart_ms_max;
  }
  std::int64_t until_ms = 0;
  for (const auto& id : candidates) {
    const Offer& offer = *segments_.ledger().find(id);
    if (!offer.window_over(view.asked_at_ms)) continue;
    // Deleted were records older than the first that is left; an id offered after that one cannot be among them.
    if (!view.other_log && kept_from_ms && offer.first_offered_ms > *kept_from_ms) continue;
    on_log[id] = false;
    until_ms = std::max(until_ms, offer.last_offered_ms + limits::offer_window_ms + limits::clocks_apart_ms_max);
  }
  if (on_log.empty()) return on_log;
  std::size_t records = 0;
  bool bounded = false;
  const auto scanned =
      reader_.scan(partition, view.first, view.end, broker_timeout_ms, [&](const kafka::Record& record) {
        bounded = ++records > limits::witness_scan_records_max || cancelled_;
        if (bounded || record.append_ms() > until_ms) return false;
        if (const auto id = id_of_key(record.key())) {
          if (const auto found = on_log.find(*id); found != on_log.end()) found->second = true;
        }
        return true;
      });
  if (scanned && !bounded) return on_log;
  runtime::log_warning("witness_search_unfinished",
                       {{"partition", partition},
                        {"records", records},
                        {"reason", scanned ? "more records than are searched" : scanned.error().detail}});
  return {};
}

void WitnessKeeper::name(const std::vector<RawId>& missing) {
  if (missing.empty()) return;
  const std::set<RawId> ids(missing.begin(), missing.end());
  std::set<RawId> left = ids;
  std::size_t lines = 0;
  segments_.reread(ids, [&](const journal::Record& offered) {
    left.erase(offered.intent_id);
    name_one(offered);
    if (++lines % lines_between_flushes == 0) runtime::log_flush();
  });
  for (const auto& id : left)
    name_one({journal::RecordType::offered, 0, id, segments_.ledger().find(id)->partition, {}});
  named_.insert(ids.begin(), ids.end());
  runtime::log_error("witness_unaccounted", {{"named_now", ids.size()}, {"in_all", named_.size()}});
}

void WitnessKeeper::remove_old_segments() {
  // The longer of what should be and what is: a retention set too low must not take the witness along with the log.
  kafka::TopicFacts wanted;
  wanted.settings = topic_.wanted().settings;
  const auto is = kafka::setting_or(*topic_.facts(), "retention.ms", -1);
  const auto should_be = kafka::setting_or(wanted, "retention.ms", -1);
  if (is < 0 || should_be < 0) return;
  const auto removed = segments_.remove_balanced(runtime::unix_ms() - std::max(is, should_be));
  if (removed > 0) runtime::log_info("witness_segments_removed", {{"segments", removed}});
}

}  // namespace acq::gateway
