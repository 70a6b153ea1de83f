// The linker sends every call of the functions in wrapped.hpp to wrap_… here; real_… is the product's own. A member
// function is called like a free one whose first parameter is the object (Itanium C++ ABI).
#include "tests/bench/wrapped.hpp"

#include "settlement/writer/batch_processor.hpp"
#include "tests/bench/phases.hpp"

namespace {

using namespace acq;
using namespace acq::settlement;
using bench::Phase;
using mariadb::Connection;
using Keys = Result<std::unordered_map<KeyHash, KeyRow, HashOfKey>>;

#define ACQ_REAL(symbol) asm("__real_" symbol)
#define ACQ_WRAP(symbol) asm("__wrap_" symbol) __attribute__((used))

/// The phase of a call, and `rest` behind it.
class During {
 public:
  explicit During(Phase phase) { bench::enter(phase); }
  ~During() { bench::enter(Phase::rest); }
  During(const During&) = delete;
  During& operator=(const During&) = delete;
};

std::size_t finals_of(const Committed& committed) {
  std::size_t count = 0;
  for (const auto& payment : committed.changed) count += is_final(payment.state) ? 1U : 0U;
  return count;
}

}  // namespace

// Not in the unnamed namespace: the linker must see these names.
std::optional<kafka::Record> real_poll(kafka::Consumer* self, std::uint32_t timeout_ms) ACQ_REAL(ACQ_WRAPPED_POLL);
std::optional<kafka::Record> wrap_poll(kafka::Consumer* self, std::uint32_t timeout_ms) ACQ_WRAP(ACQ_WRAPPED_POLL);
std::optional<kafka::Record> wrap_poll(kafka::Consumer* self, std::uint32_t timeout_ms) {
  bench::enter(Phase::poll);
  auto record = real_poll(self, timeout_ms);
  if (auto* const watch = bench::watch_now()) {
    bench::measure_this_thread(&watch->clock());
    watch->polled(record.has_value());
  }
  return record;
}

Result<Committed> real_process(BatchProcessor* self, const Cursor& cursor, Head& head, const Batch& batch,
                               std::int64_t now_ms) ACQ_REAL(ACQ_WRAPPED_PROCESS);
Result<Committed> wrap_process(BatchProcessor* self, const Cursor& cursor, Head& head, const Batch& batch,
                               std::int64_t now_ms) ACQ_WRAP(ACQ_WRAPPED_PROCESS);
Result<Committed> wrap_process(BatchProcessor* self, const Cursor& cursor, Head& head, const Batch& batch,
                               std::int64_t now_ms) {
  bench::enter(Phase::decode);
  auto committed = real_process(self, cursor, head, batch, now_ms);
  auto* const watch = bench::watch_now();
  if (committed && watch != nullptr)
    watch->committed({cursor.partition, batch.records.size(), batch.outcomes.size()}, finals_of(*committed));
  bench::enter(Phase::after);
  return committed;
}

Keys real_load_keys(PaymentStore* self, std::span<const KeyHash> hashes) ACQ_REAL(ACQ_WRAPPED_LOAD_KEYS);
Keys wrap_load_keys(PaymentStore* self, std::span<const KeyHash> hashes) ACQ_WRAP(ACQ_WRAPPED_LOAD_KEYS);
Keys wrap_load_keys(PaymentStore* self, std::span<const KeyHash> hashes) {
  bench::enter(Phase::load);  // until plan_batch: other rows are loaded behind the keys
  return real_load_keys(self, hashes);
}

Plan real_plan(std::int32_t partition, std::span<const LogIntent> intents, std::span<const Outcome> outcomes,
               Known& known, const PlanTimes& times, double (*random)()) ACQ_REAL(ACQ_WRAPPED_PLAN);
Plan wrap_plan(std::int32_t partition, std::span<const LogIntent> intents, std::span<const Outcome> outcomes,
               Known& known, const PlanTimes& times, double (*random)()) ACQ_WRAP(ACQ_WRAPPED_PLAN);
Plan wrap_plan(std::int32_t partition, std::span<const LogIntent> intents, std::span<const Outcome> outcomes,
               Known& known, const PlanTimes& times, double (*random)()) {
  bench::enter(Phase::plan);  // until the transaction begins: the rows of open items are chosen behind it
  return real_plan(partition, intents, outcomes, known, times, random);
}

Result<void> real_begin(Connection* self) ACQ_REAL(ACQ_WRAPPED_BEGIN);
Result<void> wrap_begin(Connection* self) ACQ_WRAP(ACQ_WRAPPED_BEGIN);
Result<void> wrap_begin(Connection* self) {
  const During during(Phase::begin);
  return real_begin(self);
}

Result<void> real_commit(Connection* self) ACQ_REAL(ACQ_WRAPPED_COMMIT);
Result<void> wrap_commit(Connection* self) ACQ_WRAP(ACQ_WRAPPED_COMMIT);
Result<void> wrap_commit(Connection* self) {
  const During during(Phase::commit);
  return real_commit(self);
}

Result<void> real_cursor(Connection& connection, const Cursor& from, const Cursor& to) ACQ_REAL(ACQ_WRAPPED_CURSOR);
Result<void> wrap_cursor(Connection& connection, const Cursor& from, const Cursor& to) ACQ_WRAP(ACQ_WRAPPED_CURSOR);
Result<void> wrap_cursor(Connection& connection, const Cursor& from, const Cursor& to) {
  const During during(Phase::cursor);
  return real_cursor(connection, from, to);
}

Result<void> real_keys(PaymentStore* self, std::span<const NewKey> keys) ACQ_REAL(ACQ_WRAPPED_KEYS);
Result<void> wrap_keys(PaymentStore* self, std::span<const NewKey> keys) ACQ_WRAP(ACQ_WRAPPED_KEYS);
Result<void> wrap_keys(PaymentStore* self, std::span<const NewKey> keys) {
  const During during(Phase::keys);
  return real_keys(self, keys);
}

Result<void> real_insert(PaymentStore* self, std::span<const Payment> payments) ACQ_REAL(ACQ_WRAPPED_INSERT);
Result<void> wrap_insert(PaymentStore* self, std::span<const Payment> payments) ACQ_WRAP(ACQ_WRAPPED_INSERT);
Result<void> wrap_insert(PaymentStore* self, std::span<const Payment> payments) {
  const During during(Phase::insert);
  return real_insert(self, payments);
}

Result<void> real_update(PaymentStore* self, std::span<const Payment> payments) ACQ_REAL(ACQ_WRAPPED_UPDATE);
Result<void> wrap_update(PaymentStore* self, std::span<const Payment> payments) ACQ_WRAP(ACQ_WRAPPED_UPDATE);
Result<void> wrap_update(PaymentStore* self, std::span<const Payment> payments) {
  const During during(Phase::update);
  return real_update(self, payments);
}
