// A database of the test's own, made and dropped by the account that may, and looked into with plain SQL.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/mariadb/connection.hpp"

namespace acq::test {

class Database {
 public:
  explicit Database(std::string name);  ///< CREATE DATABASE
  ~Database();                          ///< DROP DATABASE
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& name() const noexcept { return name_; }
  std::vector<mariadb::Row> rows(std::string_view sql, const std::vector<mariadb::Value>& parameters = {});
  /// The one integer of a SELECT; -1 for NULL or no row.
  std::int64_t number(std::string_view sql, const std::vector<mariadb::Value>& parameters = {});
  /// The one text of a SELECT; empty for NULL or no row.
  std::string text(std::string_view sql, const std::vector<mariadb::Value>& parameters = {});
  std::uint64_t execute(std::string_view sql, const std::vector<mariadb::Value>& parameters = {});
  /// Every byte that it stores, as SQL.
  std::string dump(const std::string& folder) const;

 private:
  std::string name_;
  mariadb::Connection connection_;
};

/// A global variable of the server, put back at the end of its life.
class GlobalVariable {
 public:
  GlobalVariable(std::string name, std::int64_t value);
  ~GlobalVariable();
  GlobalVariable(const GlobalVariable&) = delete;
  GlobalVariable& operator=(const GlobalVariable&) = delete;

 private:
  void set(std::int64_t value);
  std::string name_;
  mariadb::Connection connection_;
  std::int64_t before_ = 0;
};

}  // namespace acq::test
