// Reads: the cache where its epoch is believed (P25), then MariaDB, and "not found" only when it is a fact (P7).
// A read never blocks an accept. One per core.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "common/domain/ids.hpp"
#include "common/kafka/topic_guard.hpp"
#include "common/mariadb/read_pool.hpp"
#include "common/redis/connection.hpp"
#include "gateway/answers.hpp"
#include "gateway/attempt_marker.hpp"
#include "gateway/cache_wholeness.hpp"
#include "gateway/log_ends.hpp"
#include "gateway/stored_payments.hpp"

namespace acq::gateway {

/// The payment as MariaDB has it, or not_found as a fact, or not_yet_known.
using Finding = std::variant<Refusal, StoredPayment>;

/// What one look found. `unclear`: something could not be asked, or cannot be shown.
struct Look {
  enum class Kind : std::uint8_t { found, absent, unclear } kind = Kind::unclear;
  Shown shown{};
};

/// The attempt that is shown as the present one.
std::int32_t present_attempt(const Shown& shown);

class PaymentReader {
 public:
  struct Parts {
    redis::Connection& cache;
    mariadb::ReadPool& database;
    LogEnds& log_ends;
    CacheWholeness& wholeness;
    std::int32_t partitions;
    kafka::TopicId topic_id;
  };
  explicit PaymentReader(Parts parts) : parts_(parts) {}

  /// The payment, not_found as a fact, or not_yet_known.
  boost::asio::awaitable<Reading> by_id(MerchantId merchant, PaymentId id);
  boost::asio::awaitable<Reading> by_number(MerchantId merchant, std::string merchant_order_id);

  /// One look at cache and database, now.
  boost::asio::awaitable<Look> look(MerchantId merchant, PaymentId id);
  /// The same for who holds on to what is known already: what is not there now is not_yet_known.
  boost::asio::awaitable<Reading> read_now(MerchantId merchant, PaymentId id);
  /// It ended refused: another payment had its number (P11), so a reservation that names it stands for nothing.
  boost::asio::awaitable<bool> was_refused(MerchantId merchant, PaymentId id);

  // Before something is done to a payment, MariaDB is asked and not the cache (P8).
  /// As by_id, without the cache.
  boost::asio::awaitable<Finding> find(MerchantId merchant, PaymentId id);
  /// The number's payment; where it is reserved only, settlement gets a moment (limits::read_wait_ms). Nothing: nobody
  /// knows it so far.
  boost::asio::awaitable<Result<std::optional<StoredPayment>>> find_by_number(MerchantId merchant,
                                                                              std::string merchant_order_id);
  boost::asio::awaitable<Result<StoredAttempt>> find_attempt(MerchantId merchant, std::string merchant_order_id,
                                                             std::int32_t attempt);
  /// Redis holds a reservation of this attempt. Not knowing is false.
  boost::asio::awaitable<bool> is_reserved(MerchantId merchant, std::string merchant_order_id, std::int32_t attempt);

  /// True when the writer has applied all that was on the log when this was called. Not knowing is false.
  boost::asio::awaitable<bool> writer_has_caught_up(std::int32_t partition);

 private:
  struct NumberLook {
    Look look;
    bool may_be_reserved = true;  ///< Redis holds a reservation, did not answer, or was not whole for long enough
  };
  /// What Redis shows. Where it tells of a later attempt than its state shows, MariaDB is asked about that.
  boost::asio::awaitable<std::optional<Shown>> look_in_cache(MerchantId merchant, PaymentId id);
  /// The payment with the attempt that the marker names. Absent: no such payment.
  boost::asio::awaitable<Look> look_at_attempt(MerchantId merchant, PaymentId id, AttemptMarker marker);
  /// What MariaDB said of a payment, and the next attempt where one was accepted behind an end. Where Redis does not
  /// say whether there is one, the end counts only when the writer has applied all that the log has (P7).
  boost::asio::awaitable<Look> look_beyond(MerchantId merchant, Result<std::optional<StoredPayment>> stored);
  boost::asio::awaitable<Result<std::optional<StoredPayment>>> read(MerchantId merchant, PaymentId id);
  boost::asio::awaitable<Result<std::optional<StoredPayment>>> read_number(MerchantId merchant, std::string key_hash);
  boost::asio::awaitable<Look> look_in_database(MerchantId merchant, PaymentId id);
  boost::asio::awaitable<Look> look_by_key(MerchantId merchant, std::string key_hash);
  boost::asio::awaitable<NumberLook> look_by_number(MerchantId merchant, std::string merchant_order_id);

  Parts parts_;
};

}  // namespace acq::gateway
