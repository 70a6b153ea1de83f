// The decision of the balance (P5, P7): what a witness's record of an id, the rows, and the log together prove. Pure.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>

#include "common/journal/offers.hpp"

namespace acq::journal {

/// How far a partition's writer has come, measured in time: the log's end is asked now and then, and once the cursor
/// has reached an end that was asked at some time, all that was on the log at that time has been applied.
class LogProgress {
 public:
  /// `end` was asked of the broker; `asked_at_ms` is from before the question.
  void note_end(std::int64_t asked_at_ms, std::int64_t end);
  void note_cursor(std::int64_t next_offset);
  /// Offsets mean something else now (a gap, a log that moved back, another topic): what was noted proves nothing.
  void forget();
  /// Everything that was on the log at this time has a row; 0: nothing is known.
  std::int64_t applied_ms() const noexcept { return applied_ms_; }

 private:
  struct Asked {
    std::int64_t at_ms;
    std::int64_t end;
  };
  std::deque<Asked> asked_;
  std::int64_t applied_ms_ = 0;
};

/// What is known of one id beside its offers.
struct Evidence {
  bool stored = false;              ///< a row under its own id, read after `applied_ms` was found
  std::int64_t applied_ms = 0;      ///< LogProgress
  std::optional<bool> on_log = {};  ///< the log was read through after its window had ended
};

enum class Standing : std::uint8_t {
  stored,
  refused,
  waiting,  ///< its first outcome may still arrive, or it may be on the log, unread
  missing,  ///< it was offered, perhaps promised, and is neither stored nor on the log
};

Standing standing_of(const Offer& offer, const Evidence& evidence, std::int64_t now_ms);

}  // namespace acq::journal
