// One MariaDB connection: prepared statements, bulk array binding, transactions. Blocking: never on a core thread.
// Any error inside a transaction rolls the whole of it back; what to do then is the caller's (P9).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/error/result.hpp"

namespace acq::mariadb {

struct ConnectOptions {
  std::string socket;  ///< unix socket; else host and port
  std::string host;
  std::uint16_t port = 3306;
  std::string database;
  std::string user;
  std::string password;
  std::uint32_t timeout_s = 10;
};

/// A cell as we send or get it. Text is bytes: BINARY columns come as they are.
using Value = std::variant<std::monostate, std::int64_t, std::string>;
using Row = std::vector<Value>;
inline std::int64_t integer(const Value& v) {
  return std::holds_alternative<std::int64_t>(v) ? std::get<std::int64_t>(v) : 0;
}
inline const std::string& text(const Value& v) {
  static const std::string none;
  return std::holds_alternative<std::string>(v) ? std::get<std::string>(v) : none;
}

/// One column of a bulk statement: either all integers or all bytes.
using Column = std::variant<std::vector<std::int64_t>, std::vector<std::string_view>>;

class Connection {
 public:
  explicit Connection(ConnectOptions options);  ///< does not connect yet
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  /// Connects when not connected. Errc::database_away.
  Result<void> connect();
  bool connected() const noexcept;
  void disconnect() noexcept;

  /// `?` placeholders only; statements are prepared once per connection and kept by their text. Errors:
  /// database_away (connection), database_rule (constraint, syntax, data: detail has the server's code),
  /// both after an automatic ROLLBACK of a transaction under way.
  Result<std::vector<Row>> query(std::string_view sql, const std::vector<Value>& parameters = {});
  /// Rows changed (found rows, not only changed ones).
  Result<std::uint64_t> execute(std::string_view sql, const std::vector<Value>& parameters = {});
  /// Bulk array binding: one COM_STMT_BULK_EXECUTE for all rows. All columns have the same length > 0.
  Result<std::uint64_t> execute_bulk(std::string_view sql, const std::vector<Column>& columns);
  /// Text protocol, several statements: migrations only.
  Result<void> script(std::string_view sql);

  Result<void> begin();
  /// database_away here means: unknown whether it happened. Read the cursor's version (P9).
  Result<void> commit();
  void rollback() noexcept;

  /// The server's number of the last error, 0 when none (1062: duplicate key, 1205, 1213, 1020: try again).
  unsigned last_error_number() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "?,?,?" for IN lists.
std::string placeholders(std::size_t count);

/// Settings that a ledger needs, checked at start; one sentence per unsafe one, naming the fix.
Result<std::vector<std::string>> unsafe_settings(Connection& connection);
/// Throws StartError: 3 when it does not answer, 2 naming each unsafe setting.
void require_safe(Connection& connection);

}  // namespace acq::mariadb
