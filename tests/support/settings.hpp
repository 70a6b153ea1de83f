// Where the real broker and database are: the variables that `./dev test integration` exports.
#pragma once
#include <string>

#include "common/mariadb/connection.hpp"

namespace acq::test {

struct Account {
  std::string user;
  std::string password_file;
};

struct Settings {
  std::string programs;  ///< the folder of our programs
  std::string local;     ///< where this instance lives
  std::string dev;       ///< the launcher
  std::string kafka;
  std::string mariadb_socket;
  Account admin;  ///< may change schemas
  Account settlement;
  Account gateway;
};

/// Fails the test with a sentence when a variable is not set.
const Settings& settings();
/// A Python with what tests/tools/requirements.txt names. Fails in the same way.
std::string test_python();

mariadb::ConnectOptions account_options(const Account& account, const std::string& database);
/// Whoever started the server, proved by the socket: may change global variables.
mariadb::ConnectOptions root_options();

}  // namespace acq::test
