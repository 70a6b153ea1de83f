// The end report of a load, for people and as one JSON object.
#pragma once
#include <optional>
#include <string>

#include "loadtest/load/audit.hpp"
#include "loadtest/load/histogram.hpp"
#include "loadtest/load/open_loop.hpp"
#include "loadtest/load/terminal.hpp"

namespace acq::load {

struct LoadReport {
  std::string run_id;
  std::uint64_t seed = 1;
  std::string kind;
  Currency currency;
  double planned_rate = 0;
  double reached_rate = 0;
  double seconds = 0;
  LoadCounts counts;
  Histogram accept;
  std::optional<Histogram> callback;  ///< only when the receiver's arrival times are ours
  std::optional<AuditResult> audit;   ///< none: not asked for
};

inline constexpr std::size_t differences_shown_max = 20;

std::string text_report(const LoadReport& report, const Terminal& terminal);
std::string json_report(const LoadReport& report);

}  // namespace acq::load
