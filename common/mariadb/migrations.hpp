// Schema files schemas/db/NNN_name.sql applied in order, each once, recorded in schema_versions.
#pragma once
#include <string>
#include <vector>

#include "common/mariadb/connection.hpp"

namespace acq::mariadb {

/// Names of the files applied now. One migrator at a time (GET_LOCK). DDL commits by itself in MariaDB: a file that
/// fails half way is named in the failure, and must be mended by hand before the next try.
Result<std::vector<std::string>> migrate(Connection& connection, const std::string& folder);

}  // namespace acq::mariadb
