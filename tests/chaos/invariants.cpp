#include "tests/chaos/invariants.hpp"

#include <set>

namespace acq::test {
namespace {

class Judge {
 public:
  Judge(const Facts& facts, const Expected& expected) : facts_(facts), expected_(expected) {
    for (const auto& payment : facts_.payments) payments_.emplace(payment.id, &payment);
    for (const auto& row : facts_.rows) rows_[row.intent_id].push_back(&row);
  }

  std::vector<Violation> run() {
    if (!facts_.unsettled.empty()) add("unsettled", facts_.unsettled);
    for (const auto& promise : facts_.promises) kept_promise(promise);
    orders();
    sums();
    for (const auto& payment : facts_.payments) {
      callbacks(payment);
      remembered(payment);
    }
    log();
    rest();
    return std::move(found_);
  }

 private:
  void add(std::string kind, std::string detail) { found_.push_back({std::move(kind), std::move(detail)}); }

  /// The payment that a promised id stands for, or null.
  const StoredPayment* stored(const std::string& id) const {
    if (const auto own = payments_.find(id); own != payments_.end()) return own->second;
    const auto rows = rows_.find(id);
    if (rows == rows_.end()) return nullptr;
    for (const auto* row : rows->second) {
      const auto canonical = payments_.find(row->payment_id);
      if (row->table == "payment_aliases" && canonical != payments_.end()) return canonical->second;
    }
    return nullptr;
  }

  /// Each 2xx exactly once in the database.
  void kept_promise(const Promise& promise) {
    const std::string who = "order " + promise.number + " (" + promise.payment_id + ") was answered 2xx and ";
    const auto* payment = stored(promise.payment_id);
    if (payment == nullptr) {
      const auto rows = rows_.find(promise.payment_id);
      if (rows != rows_.end() && rows->second.front()->table == "dead_letters")
        add("parked", who + "waits for an operator");
      else
        add("lost", who + "has no row");
      return;
    }
    if (payment->number != promise.number) add("books_differ", who + "is stored as " + payment->number);
    if (payment->amount != promise.amount) {
      add("books_differ",
          who + "is stored with " + std::to_string(payment->amount) + " instead of " + std::to_string(promise.amount));
    }
  }

  /// At most one charge kept per number, and that one exactly where the database says `succeeded`.
  void orders() {
    std::map<std::string, std::vector<const StoredPayment*>> by_number;
    for (const auto& [number, books] : facts_.orders) by_number[number];
    for (const auto& payment : facts_.payments) {
      auto& here = by_number[payment.number];
      if (payment.state != "refused") here.push_back(&payment);
    }
    for (const auto& [number, payments] : by_number) {
      const std::string who = "order " + number;
      if (payments.size() > 1) add("doubled", who + " has " + std::to_string(payments.size()) + " payments");
      std::string states;
      std::int64_t succeeded = 0;
      for (const auto* payment : payments) {
        states += (states.empty() ? "" : ", ") + payment->state;
        if (payment->state == "succeeded") ++succeeded;
      }
      const auto found = facts_.orders.find(number);
      const Books books = found == facts_.orders.end() ? Books{} : found->second;
      if (books.kept > 1) add("charged_twice", who + " is charged " + std::to_string(books.kept) + " times");
      if (books.kept != succeeded) {
        add("books_differ",
            who + " is stored as (" + states + "), the channel keeps " + std::to_string(books.kept) + " charges");
      }
      // Nothing goes wrong at the channel with whole units: who sends again did not ask, or had no lease (P18, P19).
      if (!payments.empty() && payments.front()->amount % 100 == 0 && books.requests > 1)
        add("sent_twice", who + " was requested " + std::to_string(books.requests) + " times");
    }
  }

  /// Over everything, so that money of an order that nobody knows of shows too.
  void sums() {
    std::int64_t stored = 0;
    for (const auto& payment : facts_.payments) {
      if (payment.state == "succeeded") stored += payment.amount;
    }
    const auto kept = facts_.channel.charged_amount - facts_.channel.refunded_amount;
    if (kept != stored) {
      add("books_differ",
          "the channel keeps " + std::to_string(kept) + " in all, the database says " + std::to_string(stored));
    }
    if (facts_.open_gates != 0) add("books_differ", std::to_string(facts_.open_gates) + " refund gates are not closed");
  }

  /// No callback missing: the merchant knows the final state of each payment that has a callback_url.
  void callbacks(const StoredPayment& payment) {
    if (!payment.calls_back || !payment.is_final()) return;
    std::string told;
    for (const auto& event : facts_.told) {
      if (event.payment_id != payment.id) continue;
      if (event.state == payment.state) return;
      told += (told.empty() ? "" : ", ") + event.state;
    }
    add("not_told", "order " + payment.number + " (" + payment.id + ") ended " + payment.state +
                        ", its merchant was told: " + (told.empty() ? "nothing" : told));
  }

  /// P17: what is owed something lies above the watermark or has its row in open_items.
  void remembered(const StoredPayment& payment) {
    if ((payment.is_final() && payment.told_sequence >= payment.sequence) || payment.has_open_row) return;
    for (const auto& position : facts_.positions) {
      if (position.partition == payment.partition && payment.offset < position.watermark) {
        add("forgotten", "order " + payment.number + " is " + payment.state + " at " + std::to_string(payment.offset) +
                             ", below the watermark " + std::to_string(position.watermark) + ", without a row");
      }
    }
  }

  /// The cursors stand at the ends (P9); every intent on the log has one row under its own id (P11).
  void log() {
    for (const auto& position : facts_.positions) {
      if (position.next_offset == position.log_end) continue;
      add("cursor", "partition " + std::to_string(position.partition) + " stands at " +
                        std::to_string(position.next_offset) + ", its log ends at " + std::to_string(position.log_end));
    }
    std::set<std::string> seen;  // a doubled record says the same id again
    for (const auto& intent : facts_.log) {
      if (!seen.insert(intent.intent_id).second || rows_.contains(intent.intent_id)) continue;
      add("no_row", intent.intent_id + " at " + std::to_string(intent.partition) + "/" + std::to_string(intent.offset) +
                        " has left no row");
    }
    for (const auto& [id, rows] : rows_) {
      if (rows.size() < 2) continue;
      std::string tables;
      for (const auto* row : rows) tables += " " + row->table;
      add("two_rows", id + " has rows in" + tables);
    }
  }

  void rest() {
    for (const auto& event : facts_.told) {
      if (event.changed && !expected_.rebuilt) add("told_wrong", event.id + " came with two contents");
    }
    others("incident", facts_.incidents, expected_.incidents);
    others("dead_letter", facts_.dead_letters, expected_.dead_letters);
    if (!facts_.unaccounted.empty()) add("unaccounted", facts_.unaccounted);
  }

  void others(const std::string& kind, const std::vector<std::string>& found, std::size_t expected) {
    if (found.size() == expected) return;
    std::string all;
    for (const auto& one : found) all += "; " + one;
    add(kind, std::to_string(found.size()) + " instead of " + std::to_string(expected) + all);
  }

  const Facts& facts_;
  const Expected& expected_;
  std::map<std::string, const StoredPayment*> payments_;
  std::map<std::string, std::vector<const IntentRow*>> rows_;
  std::vector<Violation> found_;
};

}  // namespace

bool StoredPayment::is_final() const {
  for (const char* final : {"succeeded", "declined", "closed", "refused", "reversed"}) {
    if (state == final) return true;
  }
  return false;
}

std::vector<Violation> judge(const Facts& facts, const Expected& expected) {
  return Judge(facts, expected).run();
}

std::string words_of(const std::vector<Violation>& violations) {
  std::string words;
  for (const auto& one : violations) words += one.kind + ": " + one.detail + "\n";
  return words;
}

bool has(const std::vector<Violation>& violations, const std::string& kind) {
  for (const auto& one : violations) {
    if (one.kind == kind) return true;
  }
  return false;
}

}  // namespace acq::test
