// The witness as `acq` gets it (P5): from the gateways' admin ports, or from a disk at hand. Whole segments, one at a
// time.
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/journal/record.hpp"

namespace acq::cli {

struct WitnessOptions {
  std::vector<std::string> gateways;     ///< admin URLs
  std::vector<std::string> directories;  ///< of segments
};
void add_witness(CLI::App& command, WitnessOptions& options);

/// --gateway, else (when no --witness is given) ACQ_GATEWAY_ADMIN_URLS, else ACQ_ADMIN_URL.
std::vector<std::string> gateway_urls(const WitnessOptions& options);
/// True when there is any witness to ask.
bool has_witness(const WitnessOptions& options);

struct WitnessReading {
  std::size_t segments = 0;
  std::size_t records = 0;
  std::size_t damaged_bytes = 0;  ///< in the middle of segments: what was there is not known
  /// From here on every source that was read has what it offered: older segments are deleted once they were balanced.
  std::int64_t covered_from_ms = 0;
};
/// Every whole record. `segment` counts from 0 and is the same in a second reading, unless a segment came or went.
/// Failed (3) when a gateway does not answer or a directory cannot be read; Failed (2) when none is named.
WitnessReading read_witness(const WitnessOptions& options,
                            const std::function<void(const journal::Record&, std::uint32_t segment)>& each);

}  // namespace acq::cli
