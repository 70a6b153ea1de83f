// What everybody who took part knows after recovery: the merchant's promises, the database, the log, the channel's
// books, the merchant's callbacks. Gathered by one pass over a system at rest; judged by invariants.hpp.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace acq::test {

class System;

/// What the merchant was answered 2xx for.
struct Promise {
  std::string number;
  std::int64_t amount = 0;
  std::string payment_id;
};

struct StoredPayment {
  std::string id;
  std::string number;
  std::string state;
  std::int64_t amount = 0;
  std::int64_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t sequence = 0;
  std::int64_t told_sequence = 0;
  bool calls_back = false;
  bool has_open_row = false;
  bool is_final() const;
};

/// A row under an intent's own id (P11).
struct IntentRow {
  std::string intent_id;
  std::string table;
  std::string payment_id{};  ///< an alias's
};

struct LoggedIntent {
  std::int64_t partition = 0;
  std::int64_t offset = 0;
  std::string intent_id;
};

struct Position {
  std::int64_t partition = 0;
  std::int64_t next_offset = 0;
  std::int64_t watermark = 0;
  std::int64_t log_end = 0;
};

/// The channel's sums over one order number, or over all.
struct Books {
  std::int64_t kept = 0;  ///< charges whose money the merchant keeps
  std::int64_t requests = 0;
  std::int64_t charged_amount = 0;
  std::int64_t refunded_amount = 0;
};

struct ToldEvent {
  std::string id;
  std::string payment_id;
  std::string state;
  bool changed = false;  ///< one event id came with two contents
};

struct Facts {
  std::string unsettled;  ///< what did not come to rest, in words
  std::vector<Promise> promises;
  std::vector<StoredPayment> payments;
  std::vector<IntentRow> rows;
  std::vector<LoggedIntent> log;
  std::vector<Position> positions;
  std::map<std::string, Books> orders;  ///< by order number, of all that are promised or stored
  Books channel;
  std::vector<ToldEvent> told;
  std::vector<std::string> incidents;
  std::vector<std::string> dead_letters;
  std::int64_t open_gates = 0;  ///< refund gates whose money is still on its way
  std::string unaccounted;      ///< what `acq account-for` says when it is not clean
};

Facts gather(System& system, const std::vector<Promise>& promises, bool account_for);

}  // namespace acq::test
