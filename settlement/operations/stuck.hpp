// Every open item beyond an age, with its reason in words: payments that are not final or not told, refunds that have
// not ended well, dead letters not replayed, incidents not resolved, partitions that stand. Reads only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::settlement::operations {

struct StuckPayment {
  PaymentId payment_id;
  MerchantId merchant_id;
  std::string merchant_order_id;
  std::string state;
  bool final = false;
  bool told = false;
  std::int64_t created_at_ms = 0;
  std::int64_t updated_at_ms = 0;
  std::int64_t sent_at_ms = 0;
  std::int64_t unknown_since_ms = 0;
  std::int64_t next_query_at_ms = 0;
  std::int64_t queries = 0;
  std::int64_t tell_attempts = 0;
  std::int64_t next_tell_at_ms = 0;
  std::string close_state;
};

/// Why it is still open, in a sentence. Pure.
std::string reason_of(const StuckPayment& payment);
/// Since when it has been waiting for what it waits for now. Pure.
std::int64_t stuck_since_ms(const StuckPayment& payment);

struct StuckItem {
  std::string kind;  ///< payment, refund, dead_letter, incident, partition
  std::string id;
  std::string merchant_order_id;
  std::string state;
  std::int64_t since_ms = 0;
  std::string reason;
};

struct Stuck {
  std::vector<StuckItem> items;  ///< oldest first, of each kind at most `limit`
  bool more = false;             ///< of some kind there are more than `limit`
  std::int64_t now_ms = 0;       ///< the database's clock
};

inline constexpr std::size_t stuck_items_max = 1'000;
Result<Stuck> find_stuck(mariadb::Connection& connection, std::int64_t older_than_ms, std::size_t limit);

/// Open payments beyond the age, behind `after`, in order of acceptance, at most `limit`: for a replay of them all.
Result<std::vector<PaymentId>> open_payments(mariadb::Connection& connection, std::int64_t older_than_ms,
                                             const PaymentId& after, std::size_t limit);

}  // namespace acq::settlement::operations
