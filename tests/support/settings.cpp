#include "tests/support/settings.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "common/runtime/config.hpp"

namespace acq::test {
namespace {

std::string variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') {
    throw std::runtime_error(name + " is not set: run ./dev test integration, which starts what these tests need");
  }
  return value;
}

Account account(const std::string& name) {
  return {variable("ACQ_TEST_" + name + "_USER"), variable("ACQ_TEST_" + name + "_PASSWORD_FILE")};
}

}  // namespace

const Settings& settings() {
  static const Settings read{variable("ACQ_TEST_BIN"),
                             variable("ACQ_TEST_LOCAL"),
                             variable("ACQ_TEST_DEV"),
                             variable("ACQ_TEST_KAFKA"),
                             variable("ACQ_TEST_MARIADB_SOCKET"),
                             account("ADMIN"),
                             account("SETTLEMENT"),
                             account("GATEWAY")};
  return read;
}

std::string test_python() {
  return variable("ACQ_TEST_PYTHON");
}

mariadb::ConnectOptions account_options(const Account& account, const std::string& database) {
  mariadb::ConnectOptions options;
  options.socket = settings().mariadb_socket;
  options.database = database;
  options.user = account.user;
  options.password = runtime::read_secret_file(account.password_file, "the password of " + account.user);
  return options;
}

mariadb::ConnectOptions root_options() {
  mariadb::ConnectOptions options;
  options.socket = settings().mariadb_socket;
  const passwd* const user = ::getpwuid(::getuid());
  options.user = user == nullptr ? "root" : user->pw_name;
  return options;
}

}  // namespace acq::test
