// The operator port: the bank's own HTTP face of the use cases, under a personal token. Low rate: it blocks its thread
// on the database, which no merchant's core ever does.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "common/crypto/secret.hpp"
#include "common/http/message.hpp"
#include "common/mariadb/connection.hpp"

namespace acq::settlement::operations {

class OperatorApi {
 public:
  OperatorApi(mariadb::ConnectOptions database, const crypto::Secret& master)
      : connection_(std::move(database)), master_(master) {}
  boost::asio::awaitable<http::Response> answer(const http::Request& request);

 private:
  Result<http::Response> route(const http::Request& request);
  Result<http::Response> create(const std::string& operator_name, std::string_view body);
  Result<http::Response> add_key(const std::string& operator_name, std::string_view merchant);
  Result<http::Response> look_up(std::string_view body);

  mariadb::Connection connection_;
  const crypto::Secret& master_;
};

/// RFC 9457, as the merchant API answers.
http::Response problem(const Failure& failure, std::string_view request_id);

}  // namespace acq::settlement::operations
