#include "common/mariadb/migrations.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace acq::mariadb {

Result<std::vector<std::string>> migrate(Connection& connection, const std::string& folder) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  std::vector<std::filesystem::path> files;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".sql") files.push_back(entry.path());
  }
  if (files.empty()) return Failure(Errc::misconfigured, "no schema files in " + folder);
  std::sort(files.begin(), files.end());

  auto locked = connection.query("SELECT GET_LOCK(CONCAT('acq_migrate_', DATABASE()), 60)");
  if (!locked) return locked.error();
  if (integer(locked->front().front()) != 1) return Failure(Errc::database_away, "another migration is running");
  auto created = connection.script(
      "CREATE TABLE IF NOT EXISTS schema_versions (name VARCHAR(128) NOT NULL PRIMARY KEY, applied_at_ms BIGINT NOT "
      "NULL)");
  if (!created) return created.error();
  auto known = connection.query("SELECT name FROM schema_versions");
  if (!known) return known.error();
  std::set<std::string> applied;
  for (const auto& row : *known) applied.insert(text(row.front()));

  std::vector<std::string> done;
  for (const auto& file : files) {
    const std::string name = file.filename().string();
    if (applied.contains(name)) continue;
    std::ostringstream sql;
    sql << std::ifstream(file).rdbuf();
    if (auto ran = connection.script(sql.str()); !ran) {
      return Failure(ran.error().code, name + ": " + ran.error().detail);
    }
    auto recorded =
        connection.execute("INSERT INTO schema_versions VALUES (?, FLOOR(UNIX_TIMESTAMP(NOW(3)) * 1000))", {name});
    if (!recorded) return recorded.error();
    done.push_back(name);
  }
  [[maybe_unused]] const auto released = connection.query("SELECT RELEASE_LOCK(CONCAT('acq_migrate_', DATABASE()))");
  return done;
}

}  // namespace acq::mariadb
