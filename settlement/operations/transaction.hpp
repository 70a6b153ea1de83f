// One transaction of an operator's act: all of it with its audit row, or nothing. Tried again when another operator's
// act came between (MariaDB refuses a lost update, a deadlock or a lock that took too long).
#pragma once
#include <algorithm>
#include <array>

#include "common/mariadb/connection.hpp"

namespace acq::settlement::operations {

template <class Work>
Result<void> transact(mariadb::Connection& connection, Work&& work) {
  constexpr int tries = 5;
  constexpr std::array<unsigned, 3> came_between{1020, 1205, 1213};
  for (int i = 1;; ++i) {
    if (auto connected = connection.connect(); !connected) return connected;
    if (auto begun = connection.begin(); !begun) return begun;
    Result<void> done = work();
    if (done) {
      // An answer to COMMIT that is lost says nothing: the operator looks, and asks again; acts may be repeated.
      return connection.commit();
    }
    const auto number = connection.last_error_number();
    connection.rollback();
    bool again = done.error().code == Errc::database_away && i < tries;
    again = again && std::find(came_between.begin(), came_between.end(), number) != came_between.end();
    if (!again) return done;
  }
}

}  // namespace acq::settlement::operations
