// Where a stopped partition goes on after its incident (P10): at the first offset that differs from what was applied.
#pragma once
#include <cstdint>

#include "common/mariadb/connection.hpp"
#include "settlement/operations/incidents.hpp"
#include "settlement/operations/log_desk.hpp"

namespace acq::settlement::operations {

/// Topic, next offset and the intent before it. `cursor_topic`: as the cursor row has it. Reads only.
/// Errc::precondition_failed when the present log does not bear the incident out.
Result<Restart> restart_point(mariadb::Connection& connection, LogDesk& log, const StoredIncident& incident,
                              const kafka::TopicId& cursor_topic);

}  // namespace acq::settlement::operations
