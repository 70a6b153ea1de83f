#include "tests/bench/database.hpp"

#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "common/mariadb/migrations.hpp"
#include "common/runtime/config.hpp"

namespace acq::bench {
namespace {

mariadb::ConnectOptions account(const Place& place, const std::string& name, const std::string& database) {
  mariadb::ConnectOptions options;
  options.socket = place.mariadb_socket;
  options.database = database;
  options.user = name;
  options.password = runtime::read_secret_file(place.secrets + "/" + name + ".password", "the password of " + name);
  options.timeout_s = 120;
  return options;
}

}  // namespace

mariadb::ConnectOptions settlement_account(const Place& place, const std::string& database) {
  return account(place, "acq_settlement", database);
}
mariadb::ConnectOptions admin_account(const Place& place, const std::string& database) {
  return account(place, "acq_admin", database);
}
mariadb::ConnectOptions root_account(const Place& place) {
  mariadb::ConnectOptions options;
  options.socket = place.mariadb_socket;
  const passwd* const user = ::getpwuid(::getuid());
  options.user = user == nullptr ? "root" : user->pw_name;
  return options;
}

Database::Database(const Place& place, std::string name)
    : place_(place), name_(std::move(name)), connection_(admin_account(place, name_)) {
  mariadb::Connection maker(admin_account(place, ""));
  must(maker.connect(), "MariaDB");
  must(maker.execute("DROP DATABASE IF EXISTS " + name_), "DROP DATABASE");
  must(maker.execute("CREATE DATABASE " + name_ + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"), "CREATE DATABASE");
  must(connection_.connect(), "MariaDB");
  must(mariadb::migrate(connection_, place.schemas), "the schema");
}

Database::~Database() {
  connection_.disconnect();
  mariadb::Connection dropper(admin_account(place_, ""));
  if (dropper.connect()) [[maybe_unused]]
    const auto dropped = dropper.execute("DROP DATABASE IF EXISTS " + name_);
}

std::int64_t Database::number(std::string_view sql) {
  must(connection_.connect(), "MariaDB");
  const auto rows = must(connection_.query(sql), sql);
  return rows.empty() ? -1 : mariadb::integer(rows.front().front());
}

void Database::calm_down() {
  for (int i = 0; i < 50; ++i) {
    if (server_status(connection_, "Innodb_buffer_pool_pages_dirty") < 200) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

std::int64_t server_status(mariadb::Connection& connection, const std::string& name) {
  must(connection.connect(), "MariaDB");
  const auto rows = must(
      connection.query("SELECT variable_value FROM information_schema.global_status WHERE variable_name = ?", {name}),
      name);
  return rows.empty() ? -1 : std::stoll(mariadb::text(rows.front().front()));
}

GlobalVariable::GlobalVariable(const Place& place, std::string name, std::int64_t value)
    : name_(std::move(name)), connection_(root_account(place)) {
  must(connection_.connect(), "MariaDB as the account that started it");
  before_ = mariadb::integer(must(connection_.query("SELECT @@GLOBAL." + name_), name_).front().front());
  must(connection_.execute("SET GLOBAL " + name_ + " = " + std::to_string(value)), name_);
}

GlobalVariable::~GlobalVariable() {
  [[maybe_unused]] const auto back = connection_.execute("SET GLOBAL " + name_ + " = " + std::to_string(before_));
}

}  // namespace acq::bench
