#include "tests/bench/loop_side.hpp"

#include <deque>

#include "common/crypto/bytes.hpp"
#include "tests/bench/place.hpp"

namespace acq::bench {

using namespace settlement;

std::vector<PreparedBatch> prepare(const std::vector<BatchSize>& sizes, const ByPartition& payments) {
  struct Progress {
    std::size_t taken = 0;
    std::deque<Payment> charged;  ///< what the channel answers next
  };
  std::array<Progress, partitions> progress;
  std::vector<PreparedBatch> batches;
  batches.reserve(sizes.size());
  for (const auto& size : sizes) {
    const auto index = static_cast<std::size_t>(size.partition);
    auto& [taken, charged] = progress[index];
    PreparedBatch batch{size.partition, static_cast<std::int64_t>(size.records), {}, {}};
    std::vector<LogIntent> intents;
    std::vector<Outcome> outcomes;
    Known known;
    std::int64_t now_ms = 0;
    for (std::size_t i = 0; i < size.records; ++i, ++taken) {
      const auto& intent = payments[index].at(taken);
      now_ms = intent.accepted_at_ms + 5;
      intents.push_back({static_cast<std::int64_t>(taken), intent.accepted_at_ms + 2, key_of(intent), intent, {}});
      batch.hashes.push_back(intents.back().key);
    }
    for (std::size_t i = 0; i < size.outcomes; ++i) {
      if (charged.empty()) throw std::runtime_error("more outcomes than charges");
      const Payment payment = std::move(charged.front());
      charged.pop_front();
      now_ms = std::max(now_ms, payment.created_at_ms + 10);
      outcomes.emplace_back(ChannelAnswer{
          payment.payment_id, 1, ChannelVerdict::succeeded, {}, {}, "bench-" + payment.payment_id.text().substr(4)});
      known.payments.emplace(payment.payment_id, payment);
    }
    batch.plan = plan_batch(size.partition, intents, outcomes, known, {now_ms, {}}, crypto::random_unit);
    for (const auto& payment : batch.plan.inserts) charged.push_back(payment);
    batches.push_back(std::move(batch));
  }
  return batches;
}

std::vector<BatchSize> even_sizes(const ByPartition& payments, std::size_t records) {
  std::vector<BatchSize> sizes;
  std::array<std::size_t, partitions> left;
  std::array<std::size_t, partitions> before{};
  for (std::size_t p = 0; p < left.size(); ++p) left[p] = payments[p].size();
  for (bool any = true; any;) {
    any = false;
    for (std::size_t p = 0; p < left.size(); ++p) {
      const auto now = std::min(records, left[p]);
      if (now + before[p] == 0) continue;
      sizes.push_back({static_cast<std::int32_t>(p), now, before[p]});
      left[p] -= now;
      before[p] = now;
      any = true;
    }
  }
  return sizes;
}

LoopSide::LoopSide(mariadb::ConnectOptions database) : connection_(std::move(database)), store_(connection_) {
  for (std::int32_t p = 0; p < partitions; ++p) {
    const auto claim = must(claim_cursor(connection_, p, kafka::TopicId{1}, "bench-loop"), "the cursor");
    cursors_[static_cast<std::size_t>(p)] = claim.cursor;
  }
}

void LoopSide::play(const PreparedBatch& batch) {
  auto& cursor = cursors_[static_cast<std::size_t>(batch.partition)];
  Cursor to = cursor;
  to.next_offset += batch.records;
  to.version += 1;
  must(store_.load_keys(batch.hashes), "load_keys");
  enter(Phase::rest);
  must(connection_.begin(), "begin");
  must(move_cursor(connection_, cursor, to), "move_cursor");
  must(store_.insert_keys(batch.plan.keys), "insert_keys");
  must(store_.insert_payments(batch.plan.inserts), "insert_payments");
  must(store_.update_payments(batch.plan.updates), "update_payments");
  must(connection_.commit(), "commit");
  cursor = to;
}

}  // namespace acq::bench
