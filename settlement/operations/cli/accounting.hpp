// `acq account-for` as a step that other commands take too: reads the witness, asks the operator port what is stored
// and what is on the log, and strikes the balance.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/journal/offers.hpp"
#include "settlement/operations/account_for.hpp"
#include "settlement/operations/cli/witness.hpp"

namespace acq::cli {

struct WindowOptions {
  std::string from;  ///< empty: since ever
  std::string to;    ///< empty: now minus the offer window
};
void add_window(CLI::App& command, WindowOptions& options);

struct Window {
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;  ///< exclusive, by the time in an id
};
/// Failed (2).
Window window_of(const WindowOptions& options, std::int64_t now_ms);

struct Accounting {
  Window window;
  settlement::operations::Balance balance;
  WitnessReading reading;
  journal::OfferLedger offers;
  /// By partition: what the witness knows and neither log nor database has, young ones too.
  std::unordered_map<std::int32_t, std::int64_t> unaccounted;
};
Accounting account(const WitnessOptions& witness, const Window& window, std::int64_t now_ms);

}  // namespace acq::cli
