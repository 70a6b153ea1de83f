// Places where a test build of a program kills itself, and rules that it breaks on purpose, so that recovery and the
// checker of recovery can both be proved. Production programs link the definitions in none/: empty, and constant false.
// Test programs (acq-gateway-test, acq-settlement-test) link those in armed/, from the same objects otherwise.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace acq::faults {

enum class Point : std::uint8_t {
  // gateway
  reserved,        ///< the number is reserved, nothing is offered
  offer_begun,     ///< the witness has its record in memory, the log has nothing
  log_reported,    ///< the log has it, the witness may not
  both_persisted,  ///< witness and log have it, nobody was answered
  // settlement: a batch. Those with a condition pass only for what is named.
  records_polled,       ///< records in hand, nothing loaded
  batch_loaded,         ///< records or outcomes: their rows are read, nothing is written
  cursor_moved,         ///< in the transaction
  keys_written,         ///< new numbers, in the transaction
  attempt_begun,        ///< a later attempt took its payment's row, in the transaction
  verdicts_written,     ///< of closes, notifications and later attempts, in the transaction
  refund_written,       ///< a refund and its gate, in the transaction
  open_rows_written,    ///< of open_items, in the transaction
  incident_written,     ///< in the transaction
  record_parked,        ///< a dead letter, in the transaction
  rows_written,         ///< all of them, before COMMIT
  committed,            ///< nothing in memory knows of it
  open_rows_committed,  ///< with rows of open_items in it
  effects_owed,         ///< committed as "may have been sent" (P18), no job made
  jobs_submitted,
  cache_published,
  batch_halved,  ///< the database refused the whole
  // settlement: effects
  before_channel_call,
  after_channel_call,
  before_refund_call,
  after_refund_call,
  before_callback,
  after_callback,
  outcome_put,     ///< in the inbox
  outcomes_taken,  ///< out of it, in no batch yet
  // settlement: ownership
  partition_claimed,
  head_loaded,
  lease_released,
};
inline constexpr std::array<std::string_view, 32> point_names{
    "reserved",        "offer_begun",         "log_reported",       "both_persisted",     "records_polled",
    "batch_loaded",    "cursor_moved",        "keys_written",       "attempt_begun",      "verdicts_written",
    "refund_written",  "open_rows_written",   "incident_written",   "record_parked",      "rows_written",
    "committed",       "open_rows_committed", "effects_owed",       "jobs_submitted",     "cache_published",
    "batch_halved",    "before_channel_call", "after_channel_call", "before_refund_call", "after_refund_call",
    "before_callback", "after_callback",      "outcome_put",        "outcomes_taken",     "partition_claimed",
    "head_loaded",     "lease_released"};
static_assert(static_cast<std::size_t>(Point::lease_released) + 1 == point_names.size());
inline constexpr std::size_t gateway_points = static_cast<std::size_t>(Point::records_polled);

enum class Rule : std::uint8_t {
  cursor_with_its_rows,     ///< P9: the cursor moves in the transaction of what it counts
  one_transaction,          ///< P9: a batch is one transaction
  fence,                    ///< P9: the cursor row is compared by epoch and version
  answer_after_report,      ///< P5: no 202 before the log's report
  unanswered_is_unknown,    ///< P21: a timeout says nothing
  open_row_in_transaction,  ///< P17: what the watermark passes has its row in the same transaction
  ask_before_repeat,        ///< P18: what may have been sent is asked about, never sent under another id
  keys_decide,              ///< P11: the key table decides who has a number, not Redis
  unheard_is_no_answer,     ///< P21: "never heard of it" is no answer while a request may be in flight
  lease,                    ///< P19: no channel call without the lease
};
inline constexpr std::array<std::string_view, 10> rule_names{
    "cursor_with_its_rows",    "one_transaction",   "fence",       "answer_after_report",  "unanswered_is_unknown",
    "open_row_in_transaction", "ask_before_repeat", "keys_decide", "unheard_is_no_answer", "lease"};
static_assert(static_cast<std::size_t>(Rule::lease) + 1 == rule_names.size());

constexpr std::string_view name_of(Point point) noexcept {
  return point_names[static_cast<std::size_t>(point)];
}
constexpr std::string_view name_of(Rule rule) noexcept {
  return rule_names[static_cast<std::size_t>(rule)];
}

/// Armed: at the n-th passing of ACQ_CRASH_AT=NAME:n SIGKILL, of ACQ_PAUSE_AT=NAME:n SIGSTOP (until SIGCONT goes on
/// with the next instruction). Any thread.
void crash_point(Point point) noexcept;
/// Armed: true for the rule of ACQ_BREAK_RULE=NAME. Any thread.
bool broken(Rule rule) noexcept;
/// Called once by main. Armed: reads the three variables; StartError (2) for a name that is not above, and for an n
/// that is no positive number.
void arm();

}  // namespace acq::faults
