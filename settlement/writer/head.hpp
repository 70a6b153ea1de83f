// The head of a partition's queue: open items in memory, what is due among them, and the watermark (P17). What is owed
// is always in a table; losing a head loses nothing. Pure bookkeeping, one thread.
#pragma once
#include <cstdint>
#include <deque>
#include <queue>
#include <unordered_map>
#include <vector>

#include "common/domain/payment.hpp"
#include "common/limits.hpp"

namespace acq::settlement {

struct Item {
  Payment payment;
  bool asking = false;        ///< a channel job is with the runner
  bool telling = false;       ///< a callback job is with the runner
  bool has_row = false;       ///< in open_items
  std::int64_t since_ms = 0;  ///< in the head since (database clock)
};

/// Which offsets at and above `value()` are settled: ended and told, or in open_items. Contiguous, oldest first.
class Watermark {
 public:
  explicit Watermark(std::int64_t from = 0) : base_(from) {}
  std::int64_t value() const noexcept { return base_; }
  /// `offset` >= value(). Offsets in between that nobody opened count as settled.
  void open(std::int64_t offset);
  void settle(std::int64_t offset);
  /// The log was applied up to here (exclusive): what is not open below it is settled.
  void applied(std::int64_t next_offset);

 private:
  void advance();
  std::int64_t base_;
  std::deque<bool> open_;  ///< open_[i]: base_ + i is open
};

class Head {
 public:
  explicit Head(std::int64_t watermark = 0) : watermark_(watermark) {}

  bool full() const noexcept { return items_.size() >= limits::head_items_max; }
  std::size_t size() const noexcept { return items_.size(); }
  std::size_t rows() const noexcept { return rows_; }  ///< items that have a row in open_items
  Item* find(const PaymentId& id);
  std::int64_t watermark() const noexcept { return watermark_.value(); }

  /// Takes over or refreshes what is stored now; an item that owes nothing more leaves. Call after the commit.
  /// `keep` false: it stays in its table only (its row must be there); the head was full.
  void put(const Payment& payment, bool has_row, std::int64_t now_ms, bool keep = true);
  void applied(std::int64_t next_offset) { watermark_.applied(next_offset); }
  /// Its channel query is due at this time, whatever is stored: taken over, or not to be asked yet (P19, P20).
  void ask_at(Item& item, std::int64_t at_ms);

  /// Items whose query or callback is due now and not under way, at most `count`. The caller marks them asking/telling.
  std::vector<Item*> take_due(std::int64_t now_ms, std::size_t count);
  /// When take_due should be called next; 0: nothing waits.
  std::int64_t next_due_ms() const noexcept { return due_.empty() ? 0 : due_.top().at_ms; }

  /// Items at the watermark that have been open for longer than open_item_after_ms and have no row yet: they get one,
  /// so that the watermark moves on. In order of the log, at most `count`.
  std::vector<const Payment*> overdue_for_row(std::int64_t now_ms, std::size_t count);
  /// Their rows are committed.
  void row_written(const PaymentId& id);

 private:
  struct Due {
    std::int64_t at_ms;
    PaymentId payment_id;
    bool operator<(const Due& other) const noexcept { return at_ms > other.at_ms; }  // the earliest on top
  };
  void schedule(const Item& item);

  std::unordered_map<PaymentId, Item> items_;
  std::priority_queue<Due> due_;
  std::deque<PaymentId> by_age_;  ///< without a row yet, oldest first
  std::size_t rows_ = 0;
  Watermark watermark_;
};

}  // namespace acq::settlement
