// The operator port: the bank's own HTTP face of the use cases, under a personal token. Low rate: it blocks its thread
// on database and broker, which no merchant's core ever does. docs/operations.md lists the paths.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "common/crypto/secret.hpp"
#include "common/http/message.hpp"
#include "common/mariadb/connection.hpp"
#include "settlement/operations/log_desk.hpp"

namespace acq::settlement::operations {

/// A page of intents from the witness, as base64 in JSON.
inline constexpr std::size_t operator_body_bytes_max = 4 * 1024 * 1024;

class OperatorApi {
 public:
  OperatorApi(mariadb::ConnectOptions database, LogOptions log, const crypto::Secret& master)
      : connection_(std::move(database)), log_(std::move(log)), master_(master) {}
  boost::asio::awaitable<http::Response> answer(const http::Request& request);

 private:
  Result<http::Response> route(const http::Request& request);
  Result<http::Response> look_up(std::string_view body);

  mariadb::Connection connection_;
  LogDesk log_;
  const crypto::Secret& master_;
};

/// RFC 9457, as the merchant API answers, with the detail that only operators are told.
http::Response problem(const Failure& failure, std::string_view request_id);

}  // namespace acq::settlement::operations
