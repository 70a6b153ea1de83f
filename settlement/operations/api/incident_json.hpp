// An incident as the operator port shows it.
#pragma once
#include "common/codec/json_document.hpp"
#include "settlement/operations/incidents.hpp"

namespace acq::settlement::operations {

void write_incident(codec::JsonWriter& writer, const StoredIncident& one);

}  // namespace acq::settlement::operations
