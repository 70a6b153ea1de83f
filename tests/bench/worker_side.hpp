// The real worker over a real log, database and cache. Only the bank is not real: a channel that says yes at once.
#pragma once
#include <cstdint>

#include "tests/bench/database.hpp"
#include "tests/bench/intents.hpp"
#include "tests/bench/phases.hpp"

namespace acq::bench {

struct WorkerSideOptions {
  std::string topic;  ///< made for this run, deleted after it
  std::size_t payments = 0;
  std::size_t slice = 0;  ///< on the log at once: it must be settled before its oldest record is stale (P20)
};

struct WorkerSideResult {
  ByPartition payments;
  std::uint64_t asked_about = 0;  ///< queries: payments that were stale, or whose answer was lost
  std::uint64_t charges = 0;
};

/// Fills and settles slice by slice; `watch` adds up the times of the settling alone. Throws when a payment does not
/// end succeeded, or a row is missing.
WorkerSideResult run_worker_side(const Place& place, Database& database, const WorkerSideOptions& options,
                                 WorkerWatch& watch);

}  // namespace acq::bench
