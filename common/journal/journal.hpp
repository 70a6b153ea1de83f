// The witness (P5): a file on the gateway's own disk that knows what was offered to the log, without asking the log.
// One thread owns the file. What waits is written by one write and one sync, and each core is told of its own in one
// batch. A failed write or sync gives up the segment for good; until a new one holds, the journal is unhealthy.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "common/error/result.hpp"
#include "common/journal/record.hpp"
#include "common/limits.hpp"

namespace acq::journal {

struct JournalOptions {
  std::string directory;  ///< made when it is not there, mode 700
  std::string instance;   ///< begins every file name: letters, digits, '-' and '_'
  std::size_t segment_bytes_max = limits::journal_segment_bytes_max;
  std::uint32_t segment_age_ms_max = limits::journal_segment_age_ms_max;
  std::uint32_t sync_pace_us = 1'000;  ///< from the beginning of one group's sync to the next's, at least
};

struct SyncSlot;

/// A record on its way to the disk. Lives on the core that began it.
class Ticket {
 public:
  explicit Ticket(std::shared_ptr<SyncSlot> slot) : slot_(std::move(slot)) {}
  /// Success: the record is on the disk. Errc::journal_failed: it may not be, or nothing was heard in `timeout_ms`.
  boost::asio::awaitable<Result<void>> wait(std::uint32_t timeout_ms);
  /// Known to be on the disk by now.
  bool synced() const noexcept;

 private:
  std::shared_ptr<SyncSlot> slot_;
};

class Journal {
 public:
  /// Opens a segment of its own; earlier ones are never appended to. StartError (3) when the directory cannot hold one.
  explicit Journal(JournalOptions options);
  ~Journal();  ///< stop()
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Any thread. The ticket is answered on `executor`. Records of one thread keep their order.
  Ticket begin(Record record, boost::asio::any_io_executor executor);
  /// begin() and wait() on the calling coroutine's executor, at most limits::http_deadline_ms.
  boost::asio::awaitable<Result<void>> append_synced(Record record);
  /// Nobody waits: synced with the next group, or within limits::journal_lazy_ms. Any thread.
  void append(Record record);

  /// False after a failure until a new segment holds what was given up, and while a sync takes too long. Any thread.
  bool healthy() const noexcept;
  /// The file name of the segment that is written now or comes next. Said before it is created: a segment that was seen
  /// in the directory before this was asked, and has another name, is not written any more. Any thread.
  std::string current_segment() const;
  const std::string& directory() const noexcept;
  /// Unix milliseconds of the last successful sync (or opening). Any thread.
  std::int64_t last_sync_ms() const noexcept;
  /// Writes and syncs what waits, closes, ends the thread. Blocking; what is appended later is refused.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acq::journal
