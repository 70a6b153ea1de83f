#include "tests/support/database.hpp"

#include <catch2/catch.hpp>
#include <exception>

#include "tests/support/files.hpp"
#include "tests/support/process.hpp"
#include "tests/support/settings.hpp"

namespace acq::test {
namespace {

template <class Value>
Value must(Result<Value> result, std::string_view what) {
  if (!result) FAIL(what << ": " << result.error().detail);
  return std::move(*result);
}

void must(const Result<void>& result, std::string_view what) {
  if (!result) FAIL(what << ": " << result.error().detail);
}

}  // namespace

Database::Database(std::string name) : name_(std::move(name)), connection_(account_options(settings().admin, name_)) {
  mariadb::Connection maker(account_options(settings().admin, ""));
  must(maker.connect(), "MariaDB");
  must(maker.execute("CREATE DATABASE " + name_ + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"), "CREATE DATABASE");
}

Database::~Database() {
  connection_.disconnect();
  mariadb::Connection dropper(account_options(settings().admin, ""));
  if (dropper.connect()) [[maybe_unused]]
    const auto dropped = dropper.execute("DROP DATABASE IF EXISTS " + name_);
}

std::vector<mariadb::Row> Database::rows(std::string_view sql, const std::vector<mariadb::Value>& parameters) {
  must(connection_.connect(), "MariaDB");
  return must(connection_.query(sql, parameters), sql);
}

std::int64_t Database::number(std::string_view sql, const std::vector<mariadb::Value>& parameters) {
  const auto found = rows(sql, parameters);
  if (found.empty()) return -1;
  const auto* value = std::get_if<std::int64_t>(&found.front().front());
  return value == nullptr ? -1 : *value;
}

std::string Database::text(std::string_view sql, const std::vector<mariadb::Value>& parameters) {
  const auto found = rows(sql, parameters);
  return found.empty() ? std::string() : mariadb::text(found.front().front());
}

std::uint64_t Database::execute(std::string_view sql, const std::vector<mariadb::Value>& parameters) {
  must(connection_.connect(), "MariaDB");
  return must(connection_.execute(sql, parameters), sql);
}

std::string Database::dump(const std::string& folder) const {
  const auto options = account_options(settings().admin, name_);
  const std::string defaults = folder + "/dump.cnf";
  write_file(defaults,
             "[client]\nsocket=" + options.socket + "\nuser=" + options.user + "\npassword=" + options.password + "\n");
  const auto done = run({"mariadb-dump", "--defaults-file=" + defaults, "--skip-hex-blob", "--no-tablespaces",
                         "--skip-lock-tables", "--single-transaction", name_},
                        {}, folder, "dump", 20'000);
  REQUIRE(done.code == 0);
  write_file(folder + "/dump.out", "");  // it may hold what the logs must not; they are searched too
  return done.output;
}

GlobalVariable::GlobalVariable(std::string name, std::int64_t value)
    : name_(std::move(name)), connection_(root_options()) {
  must(connection_.connect(), "MariaDB as the account that started it");
  const auto rows = must(connection_.query("SELECT @@GLOBAL." + name_), name_);
  before_ = mariadb::integer(rows.front().front());
  set(value);
}

GlobalVariable::~GlobalVariable() {
  try {
    set(before_);
  } catch (...) {  // FAIL in a destructor would end the whole run
    WARN(name_ << " could not be set back to " << before_);
  }
}

void GlobalVariable::set(std::int64_t value) {
  must(connection_.execute("SET GLOBAL " + name_ + " = " + std::to_string(value)), name_);
}

}  // namespace acq::test
