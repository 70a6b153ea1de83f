#include "common/mariadb/connection.hpp"

#include <algorithm>
#include <map>

#include "common/mariadb/handles.hpp"

namespace acq::mariadb {
namespace {

/// Errors that lie in the data of a statement. Every other one, known or not, means waiting: a database that is away,
/// read-only, full or locked must never turn payments into dead letters (P9).
bool is_rule_error(unsigned number) {
  switch (number) {
    case 1048:  // column cannot be null
    case 1062:  // duplicate entry
    case 1264:  // out of range
    case 1265:  // data truncated
    case 1292:  // incorrect value
    case 1366:  // incorrect string value
    case 1406:  // data too long
    case 4025:  // constraint failed
      return true;
    default:
      return false;
  }
}

/// A parameter or result column bound to memory of its own.
struct Cell {
  std::int64_t number = 0;
  std::string bytes;
  unsigned long length = 0;
  my_bool is_null = 0;
};

bool is_integer(enum_field_types type) {
  switch (type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
      return true;
    default:
      return false;
  }
}

void bind_integer(MYSQL_BIND& bind, std::int64_t* number) {
  bind.buffer_type = MYSQL_TYPE_LONGLONG;
  bind.buffer = number;
}

}  // namespace

struct Connection::State {
  ConnectOptions options;
  MysqlHandle handle;
  // Prepared once per connection, kept by text; bulk ones apart, because the array size sticks to a statement.
  std::map<std::string, StatementHandle, std::less<>> statements;
  std::map<std::string, StatementHandle, std::less<>> bulk_statements;
  bool in_transaction = false;
  unsigned last_error = 0;

  /// Maps the server's words to ours, and leaves no transaction half done.
  Failure failed(unsigned number, const char* message, std::source_location where = std::source_location::current()) {
    last_error = number;
    const bool rule = is_rule_error(number);
    Failure failure(rule ? Errc::database_rule : Errc::database_away, std::to_string(number) + ": " + message, where);
    if (number >= 2000 && number < 3000) {
      drop();  // the client library's own errors: the connection is not to be used again
    } else if (in_transaction) {
      in_transaction = false;
      if (mysql_rollback(handle.get()) != 0) drop();
    }
    return failure;
  }

  void drop() {
    statements.clear();
    bulk_statements.clear();
    handle.reset();
    in_transaction = false;
  }

  Result<MYSQL_STMT*> prepared(std::string_view sql, bool bulk) {
    if (!handle) return Failure(Errc::database_away, "not connected");
    auto& cache = bulk ? bulk_statements : statements;
    if (const auto found = cache.find(sql); found != cache.end()) return found->second.get();
    StatementHandle statement(mysql_stmt_init(handle.get()));
    if (!statement) return failed(mysql_errno(handle.get()), mysql_error(handle.get()));
    if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0) {
      return failed(mysql_stmt_errno(statement.get()), mysql_stmt_error(statement.get()));
    }
    auto* raw = statement.get();
    cache.emplace(std::string(sql), std::move(statement));
    return raw;
  }

  Failure failed(MYSQL_STMT* statement, std::source_location where = std::source_location::current()) {
    const std::string message = mysql_stmt_error(statement);  // failed() may close the statement
    return failed(mysql_stmt_errno(statement), message.c_str(), where);
  }

  Result<MYSQL_STMT*> run(std::string_view sql, const std::vector<Value>& parameters) {
    auto statement = prepared(sql, false);
    if (!statement) return statement;
    if (mysql_stmt_param_count(*statement) != parameters.size()) {
      return Failure(Errc::database_rule, "placeholders and parameters differ in number");
    }
    std::vector<MYSQL_BIND> binds(parameters.size(), MYSQL_BIND{});
    std::vector<unsigned long> lengths(parameters.size());
    std::vector<std::int64_t> numbers(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (const auto* number = std::get_if<std::int64_t>(&parameters[i])) {
        numbers[i] = *number;
        bind_integer(binds[i], &numbers[i]);
      } else if (const auto* bytes = std::get_if<std::string>(&parameters[i])) {
        lengths[i] = bytes->size();
        binds[i].buffer_type = MYSQL_TYPE_STRING;
        binds[i].buffer = const_cast<char*>(bytes->data());  // an input parameter: the library only reads
        binds[i].buffer_length = bytes->size();
        binds[i].length = &lengths[i];
      } else {
        binds[i].buffer_type = MYSQL_TYPE_NULL;
      }
    }
    if (!binds.empty() && mysql_stmt_bind_param(*statement, binds.data()) != 0) return failed(*statement);
    if (mysql_stmt_execute(*statement) != 0) return failed(*statement);
    return statement;
  }

  Result<std::vector<Row>> fetch(MYSQL_STMT* statement) {
    std::vector<Row> rows;
    const ResultHandle metadata(mysql_stmt_result_metadata(statement));
    if (!metadata) return rows;
    my_bool update_max_length = 1;
    mysql_stmt_attr_set(statement, STMT_ATTR_UPDATE_MAX_LENGTH, &update_max_length);
    if (mysql_stmt_store_result(statement) != 0) return failed(statement);
    const auto columns = mysql_num_fields(metadata.get());
    const ResultHandle sized(mysql_stmt_result_metadata(statement));  // now with max_length
    const MYSQL_FIELD* fields = mysql_fetch_fields(sized.get());
    std::vector<Cell> cells(columns);
    std::vector<MYSQL_BIND> binds(columns, MYSQL_BIND{});
    for (unsigned i = 0; i < columns; ++i) {
      if (is_integer(fields[i].type)) {
        bind_integer(binds[i], &cells[i].number);
      } else {
        cells[i].bytes.resize(std::max<unsigned long>(fields[i].max_length, 1));
        binds[i].buffer_type = MYSQL_TYPE_STRING;
        binds[i].buffer = cells[i].bytes.data();
        binds[i].buffer_length = cells[i].bytes.size();
      }
      binds[i].length = &cells[i].length;
      binds[i].is_null = &cells[i].is_null;
    }
    if (mysql_stmt_bind_result(statement, binds.data()) != 0) return failed(statement);
    rows.reserve(mysql_stmt_num_rows(statement));
    for (int status = mysql_stmt_fetch(statement); status != MYSQL_NO_DATA; status = mysql_stmt_fetch(statement)) {
      if (status != 0) return failed(statement);
      Row& row = rows.emplace_back();
      row.reserve(columns);
      for (unsigned i = 0; i < columns; ++i) {
        if (cells[i].is_null != 0) {
          row.emplace_back(std::monostate{});
        } else if (is_integer(fields[i].type)) {
          row.emplace_back(cells[i].number);
        } else {
          row.emplace_back(cells[i].bytes.substr(0, cells[i].length));
        }
      }
    }
    mysql_stmt_free_result(statement);
    return rows;
  }

  Result<void> plain(const char* sql) {
    if (!handle) return Failure(Errc::database_away, "not connected");
    if (mysql_query(handle.get(), sql) != 0) return failed(mysql_errno(handle.get()), mysql_error(handle.get()));
    return {};
  }
};

Connection::Connection(ConnectOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

Result<void> Connection::connect() {
  if (state_->handle) return {};
  const auto& options = state_->options;
  MysqlHandle handle(mysql_init(nullptr));
  if (!handle) return Failure(Errc::database_away, "mysql_init");
  mysql_options(handle.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(handle.get(), MYSQL_OPT_CONNECT_TIMEOUT, &options.timeout_s);
  mysql_options(handle.get(), MYSQL_OPT_READ_TIMEOUT, &options.timeout_s);
  mysql_options(handle.get(), MYSQL_OPT_WRITE_TIMEOUT, &options.timeout_s);
  // A process that stands still inside a transaction keeps its locks, and its successor would wait for ever: the server
  // ends such a transaction, well before a lease is over (P19).
  mysql_options(handle.get(), MYSQL_INIT_COMMAND, "SET SESSION idle_transaction_timeout = 5");
  const unsigned local_infile = 0;
  mysql_options(handle.get(), MYSQL_OPT_LOCAL_INFILE, &local_infile);
  const char* socket = options.socket.empty() ? nullptr : options.socket.c_str();
  if (mysql_real_connect(handle.get(), socket ? nullptr : options.host.c_str(), options.user.c_str(),
                         options.password.c_str(), options.database.empty() ? nullptr : options.database.c_str(),
                         options.port, socket, CLIENT_FOUND_ROWS) == nullptr) {
    state_->last_error = mysql_errno(handle.get());
    return Failure(Errc::database_away, std::to_string(state_->last_error) + ": " + mysql_error(handle.get()));
  }
  state_->handle = std::move(handle);
  state_->last_error = 0;
  return {};
}

bool Connection::connected() const noexcept {
  return state_->handle != nullptr;
}
void Connection::disconnect() noexcept {
  state_->drop();
}
unsigned Connection::last_error_number() const noexcept {
  return state_->last_error;
}

Result<std::vector<Row>> Connection::query(std::string_view sql, const std::vector<Value>& parameters) {
  auto statement = state_->run(sql, parameters);
  if (!statement) return statement.error();
  return state_->fetch(*statement);
}

Result<std::uint64_t> Connection::execute(std::string_view sql, const std::vector<Value>& parameters) {
  auto statement = state_->run(sql, parameters);
  if (!statement) return statement.error();
  return static_cast<std::uint64_t>(mysql_stmt_affected_rows(*statement));
}

Result<std::uint64_t> Connection::execute_bulk(std::string_view sql, const std::vector<Column>& columns) {
  auto prepared = state_->prepared(sql, true);
  if (!prepared) return prepared.error();
  MYSQL_STMT* statement = *prepared;
  const auto size_of = [](const Column& column) { return std::visit([](const auto& c) { return c.size(); }, column); };
  if (columns.empty() || mysql_stmt_param_count(statement) != columns.size()) {
    return Failure(Errc::database_rule, "placeholders and columns differ in number");
  }
  const std::size_t rows = size_of(columns.front());
  std::vector<MYSQL_BIND> binds(columns.size(), MYSQL_BIND{});
  // Bytes are bound as an array of pointers with an array of lengths; integers as a plain array.
  std::vector<std::vector<const char*>> pointers(columns.size());
  std::vector<std::vector<unsigned long>> lengths(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (size_of(columns[i]) != rows || rows == 0) return Failure(Errc::database_rule, "columns differ in length");
    if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&columns[i])) {
      binds[i].buffer_type = MYSQL_TYPE_LONGLONG;
      binds[i].buffer = const_cast<std::int64_t*>(numbers->data());  // input: only read
    } else {
      const auto& texts = std::get<std::vector<std::string_view>>(columns[i]);
      pointers[i].reserve(rows);
      lengths[i].reserve(rows);
      for (const auto piece : texts) {
        pointers[i].push_back(piece.data() == nullptr ? "" : piece.data());
        lengths[i].push_back(piece.size());
      }
      binds[i].buffer_type = MYSQL_TYPE_STRING;
      binds[i].buffer = pointers[i].data();
      binds[i].length = lengths[i].data();
    }
  }
  auto array_size = static_cast<unsigned>(rows);
  mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &array_size);
  if (mysql_stmt_bind_param(statement, binds.data()) != 0) return state_->failed(statement);
  if (mysql_stmt_execute(statement) != 0) return state_->failed(statement);
  return static_cast<std::uint64_t>(mysql_stmt_affected_rows(statement));
}

Result<void> Connection::script(std::string_view sql) {
  if (!state_->handle) return Failure(Errc::database_away, "not connected");
  MYSQL* handle = state_->handle.get();
  // Only here may one text hold several statements: everywhere else a second one is an error.
  mysql_set_server_option(handle, MYSQL_OPTION_MULTI_STATEMENTS_ON);
  auto started = state_->plain(std::string(sql).c_str());
  if (!started) return started;
  for (;;) {
    const ResultHandle ignored(mysql_store_result(handle));
    const int more = mysql_next_result(handle);
    if (more > 0) return state_->failed(mysql_errno(handle), std::string(mysql_error(handle)).c_str());
    if (more < 0) break;
  }
  mysql_set_server_option(handle, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
  return {};
}

Result<void> Connection::begin() {
  auto begun = state_->plain("START TRANSACTION");
  if (begun) state_->in_transaction = true;
  return begun;
}

Result<void> Connection::commit() {
  auto done = state_->plain("COMMIT");
  state_->in_transaction = false;
  // A COMMIT that failed in any way: whether it happened is only known by reading back on a fresh connection.
  if (!done) state_->drop();
  return done;
}

void Connection::rollback() noexcept {
  if (!state_->handle || !state_->in_transaction) return;
  state_->in_transaction = false;
  if (mysql_rollback(state_->handle.get()) != 0) state_->drop();
}

std::string placeholders(std::size_t count) {
  std::string list;
  list.reserve(count * 2);
  for (std::size_t i = 0; i < count; ++i) list += i == 0 ? "?" : ",?";
  return list;
}

Result<std::vector<std::string>> unsafe_settings(Connection& connection) {
  struct Wanted {
    std::string_view variable, value, reason;
  };
  static constexpr Wanted wanted[] = {
      {"innodb_flush_log_at_trx_commit", "1", "a committed payment must survive a power cut"},
      {"innodb_doublewrite", "ON", "a torn page must be mendable"},
      {"innodb_rollback_on_timeout", "ON", "a lock timeout must undo the whole transaction"},
      {"innodb_snapshot_isolation", "ON", "a lost update must be an error"},
      {"local_infile", "OFF", "nothing here loads files"},
  };
  std::vector<std::string> sentences;
  for (const auto& one : wanted) {
    auto rows =
        connection.query("SELECT variable_value FROM information_schema.global_variables WHERE variable_name = ?",
                         {std::string(one.variable)});
    if (!rows) return rows.error();
    const std::string found = rows->empty() ? "absent" : text(rows->front().front());
    if (found != one.value) {
      sentences.push_back("MariaDB's " + std::string(one.variable) + " is " + found + ", set it to " +
                          std::string(one.value) + ": " + std::string(one.reason));
    }
  }
  auto modes = connection.query("SELECT @@GLOBAL.sql_mode, @@log_bin, @@sync_binlog");
  if (!modes) return modes.error();
  const auto& row = modes->front();
  if (text(row[0]).find("STRICT_") == std::string::npos) {  // _TRANS_TABLES or _ALL_TABLES
    sentences.emplace_back("MariaDB's sql_mode lacks STRICT_ALL_TABLES: a value that does not fit must be an error");
  }
  if (integer(row[1]) != 0 && integer(row[2]) != 1) {
    sentences.emplace_back("MariaDB's sync_binlog is not 1 while log_bin is on: set it to 1");
  }
  return sentences;
}

void require_safe(Connection& connection) {
  auto connected = connection.connect();
  if (!connected) {
    throw StartError(3, "MariaDB does not answer (" + connected.error().detail +
                            "): start it, or correct mariadb.socket, mariadb.user and mariadb.password_file");
  }
  auto sentences = unsafe_settings(connection);
  if (!sentences) throw StartError(3, "MariaDB's settings could not be read: " + sentences.error().detail);
  if (sentences->empty()) return;
  std::string all = "MariaDB is not set up for money:";
  for (const auto& sentence : *sentences) all += "\n  " + sentence;
  throw StartError(2, all);
}

}  // namespace acq::mariadb
