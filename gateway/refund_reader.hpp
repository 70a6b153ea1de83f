// Reads of refunds: MariaDB, and "not found" only when it is a fact (P7). They are rare and not cached. One per core.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/mariadb/read_pool.hpp"
#include "common/redis/connection.hpp"
#include "gateway/answers.hpp"
#include "gateway/cache_wholeness.hpp"
#include "gateway/payment_reader.hpp"
#include "gateway/stored_refunds.hpp"

namespace acq::gateway {

/// The refund as MariaDB has it, or not_found as a fact, or not_yet_known.
using RefundFinding = std::variant<Refusal, StoredRefund>;

struct RefundPage {
  std::vector<Refund> refunds;   ///< newest first
  std::optional<RefundId> next;  ///< where the rest begins
};
using RefundList = std::variant<Refusal, RefundPage>;

class RefundReader {
 public:
  struct Parts {
    redis::Connection& cache;
    mariadb::ReadPool& database;
    CacheWholeness& wholeness;
    PaymentReader& payments;
    std::int32_t partitions;
  };
  explicit RefundReader(Parts parts) : parts_(parts) {}

  boost::asio::awaitable<RefundFinding> by_id(MerchantId merchant, RefundId id);
  boost::asio::awaitable<RefundFinding> by_number(MerchantId merchant, std::string merchant_refund_id);
  /// Those of a payment that the writer has decided over, or holds; `before`: older ones than this. Of the payment:
  /// not_found and not_yet_known, as reading it (P7).
  boost::asio::awaitable<RefundList> of_payment(MerchantId merchant, PaymentId payment, std::optional<RefundId> before);

  /// One look, now.
  boost::asio::awaitable<Result<std::optional<StoredRefund>>> look(MerchantId merchant, RefundId id);
  boost::asio::awaitable<Result<RefundFacts>> facts(Payment payment, std::string merchant_refund_id);

 private:
  struct NumberLook {
    Result<std::optional<StoredRefund>> found = std::optional<StoredRefund>();
    bool may_be_reserved = true;  ///< Redis holds a reservation, did not answer, or was not whole for long enough
  };
  boost::asio::awaitable<NumberLook> look_by_number(MerchantId merchant, std::string merchant_refund_id);
  boost::asio::awaitable<Result<std::optional<StoredRefund>>> read_number(MerchantId merchant,
                                                                          std::string merchant_refund_id);
  /// A refund's number does not say its partition.
  boost::asio::awaitable<bool> all_writers_have_caught_up();

  Parts parts_;
};

}  // namespace acq::gateway
