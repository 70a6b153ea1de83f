// Where the services of a benchmark are, as the command line says, and what every part of it needs: a result or the
// end.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/mariadb/connection.hpp"

namespace acq::bench {

struct Place {
  std::string kafka;
  std::string redis_socket;
  std::string mariadb_socket;
  std::string secrets;  ///< the folder with the accounts' password files
  std::string schemas;
  std::string topics_file;
};

/// A benchmark has no second way: what fails ends it with a sentence.
inline void must(const Result<void>& result, std::string_view what) {
  if (!result) throw std::runtime_error(std::string(what) + ": " + result.error().detail);
}
template <class Value>
Value must(Result<Value> result, std::string_view what) {
  if (!result) throw std::runtime_error(std::string(what) + ": " + result.error().detail);
  return std::move(*result);
}

mariadb::ConnectOptions settlement_account(const Place& place, const std::string& database);
/// May create databases named acq_….
mariadb::ConnectOptions admin_account(const Place& place, const std::string& database);
/// Whoever started the server, proved by the socket: may change global variables.
mariadb::ConnectOptions root_account(const Place& place);

}  // namespace acq::bench
