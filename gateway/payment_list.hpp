// GET /v1/payments as a list: cursor in, one page out. It reads MariaDB through a pool of its own, so that lists never
// stand before single reads. One per core.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <variant>

#include "common/crypto/digest.hpp"
#include "common/mariadb/read_pool.hpp"
#include "gateway/answers.hpp"
#include "gateway/payment_filter.hpp"

namespace acq::gateway {

class PaymentList {
 public:
  PaymentList(mariadb::ReadPool& database, crypto::SipKey cursor_key) : database_(database), cursor_key_(cursor_key) {}

  /// `{"data":[…],"next_cursor":"…"|null}`; bad_cursor; overloaded when too many lists wait; not_yet_known when MariaDB
  /// does not answer.
  boost::asio::awaitable<std::variant<Refusal, std::string>> page(MerchantId merchant, ListWanted wanted);

 private:
  mariadb::ReadPool& database_;
  const crypto::SipKey cursor_key_;
};

}  // namespace acq::gateway
