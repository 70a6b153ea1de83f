// libmariadb's handles with their deleters: the only place that names the C header beside the sources of this folder.
#pragma once
#include <mysql.h>

#include <memory>

namespace acq::mariadb {

struct CloseMysql {
  void operator()(MYSQL* p) const { mysql_close(p); }
};
struct CloseStatement {
  void operator()(MYSQL_STMT* p) const { mysql_stmt_close(p); }
};
struct FreeResult {
  void operator()(MYSQL_RES* p) const { mysql_free_result(p); }
};

using MysqlHandle = std::unique_ptr<MYSQL, CloseMysql>;
using StatementHandle = std::unique_ptr<MYSQL_STMT, CloseStatement>;
using ResultHandle = std::unique_ptr<MYSQL_RES, FreeResult>;

}  // namespace acq::mariadb
