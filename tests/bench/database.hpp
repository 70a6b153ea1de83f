// An empty database with the product's schema, dropped at the end of its life, and what the server counts about itself.
#pragma once
#include <cstdint>
#include <string>

#include "tests/bench/place.hpp"

namespace acq::bench {

class Database {
 public:
  Database(const Place& place, std::string name);  ///< made anew, migrated
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& name() const noexcept { return name_; }
  /// The one integer of a SELECT.
  std::int64_t number(std::string_view sql);
  /// Waits, within bounds, until the server has written what earlier work left dirty, so that it is not billed to this.
  void calm_down();

 private:
  const Place& place_;
  const std::string name_;
  mariadb::Connection connection_;
};

/// A counter of SHOW GLOBAL STATUS; -1 when this server has none of that name.
std::int64_t server_status(mariadb::Connection& connection, const std::string& name);

/// A global variable of the server, put back at the end of its life.
class GlobalVariable {
 public:
  GlobalVariable(const Place& place, std::string name, std::int64_t value);
  ~GlobalVariable();
  GlobalVariable(const GlobalVariable&) = delete;
  GlobalVariable& operator=(const GlobalVariable&) = delete;

 private:
  std::string name_;
  mariadb::Connection connection_;
  std::int64_t before_ = 0;
};

}  // namespace acq::bench
