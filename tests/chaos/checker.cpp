#include "tests/chaos/checker.hpp"

#include <map>
#include <set>

#include "common/codec/intent_json.hpp"
#include "tests/support/await.hpp"

namespace acq::test {
namespace {

struct Row {
  std::string state;
  std::int64_t amount = 0;
  std::string number;
};

class Checker {
 public:
  Checker(System& system, const Shop& shop, const Expected& expected)
      : system_(system), shop_(shop), expected_(expected) {}

  std::vector<Violation> run(std::int64_t within_ms) {
    std::string rest;
    if (!comes_true(within_ms, [&] { return (rest = system_.unsettled()).empty(); })) add("unsettled", rest);
    read_rows();
    promises();
    money();
    log_and_cursors();
    leftovers();
    if (expected_.account_for) balance();
    return std::move(found_);
  }

 private:
  void add(std::string kind, std::string detail) { found_.push_back({std::move(kind), std::move(detail)}); }
  std::int64_t number(std::string_view sql) { return system_.database().number(sql); }

  void read_rows() {
    for (const auto& row :
         system_.database().rows("SELECT payment_id, state, amount, merchant_order_id FROM payments")) {
      const auto id = PaymentId::from_raw(mariadb::text(row[0])).value();
      rows_[id.text()] = {mariadb::text(row[1]), mariadb::integer(row[2]), mariadb::text(row[3])};
    }
    for (const auto& row : system_.database().rows("SELECT alias_id, payment_id FROM payment_aliases")) {
      aliases_[PaymentId::from_raw(mariadb::text(row[0])).value().text()] =
          PaymentId::from_raw(mariadb::text(row[1])).value().text();
    }
  }

  /// Each 2xx exactly once in the database, charged as its state says, told how it ended.
  void promises() {
    for (const auto& promise : shop_.promises()) {
      const auto alias = aliases_.find(promise.payment_id);
      const auto& id = alias == aliases_.end() ? promise.payment_id : alias->second;
      const auto row = rows_.find(id);
      const std::string who = "order " + promise.number + " (" + promise.payment_id + ")";
      const auto charges = system_.charges(promise.number);
      const auto kept = charges.integer("kept");
      if (row == rows_.end()) {
        add("lost", who + " was answered 2xx and has no row; charges kept: " + std::to_string(kept));
        continue;
      }
      const std::int64_t owed = row->second.state == "succeeded" ? 1 : 0;
      if (kept > 1) add("charged_twice", who + " is charged " + std::to_string(kept) + " times");
      if (kept != owed)
        add("books_differ", who + " is " + row->second.state + " with " + std::to_string(kept) + " charges kept");
      if (row->second.amount != promise.amount) add("books_differ", who + " has another amount");
      // Nothing goes wrong at the channel with these: a second request was sent without asking, or without the lease.
      if (promise.amount % 100 == 0 && charges.integer("requests") > 1)
        add("sent_twice", who + " was requested " + std::to_string(charges.integer("requests")) + " times");
      if (system_.callbacks(id).find("payment." + row->second.state) == std::string::npos)
        add("not_told", who + " ended " + row->second.state + ", the merchant was told: " + system_.callbacks(id));
    }
    const auto doubled = number(
        "SELECT COUNT(*) FROM (SELECT 1 FROM payments WHERE state <> 'refused' GROUP BY merchant_id, "
        "merchant_order_id HAVING COUNT(*) > 1) d");
    if (doubled != 0) add("doubled", std::to_string(doubled) + " numbers have more than one payment");
  }

  /// Sums over everything, so that money of an order that nobody was promised shows too.
  void money() {
    const auto totals = ask("GET", system_.url("channel-sim") + "/sim/totals");
    const auto kept = totals.integer("charged_amount") - totals.integer("refunded_amount");
    const auto stored =
        number("SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED) FROM payments WHERE state = 'succeeded'");
    if (kept != stored) {
      add("books_differ",
          "the channel keeps " + std::to_string(kept) + ", the database says " + std::to_string(stored));
    }
    const auto gates = number("SELECT COUNT(*) FROM refund_gates WHERE refunding <> 0 OR refunded <> captured");
    if (gates != 0) add("books_differ", std::to_string(gates) + " refund gates are not closed");
  }

  /// Every intent on the log has its row under its own id (P11), and the cursors stand at the ends (P9).
  void log_and_cursors() {
    std::set<std::string> known;
    for (const char* sql :
         {"SELECT payment_id FROM payments", "SELECT alias_id FROM payment_aliases",
          "SELECT intent_id FROM dead_letters WHERE intent_id IS NOT NULL", "SELECT intent_id FROM intent_verdicts"}) {
      for (const auto& row : system_.database().rows(sql)) known.insert(mariadb::text(row[0]));
    }
    for (const auto& record : system_.topic().records()) {
      const auto intent = codec::decode_intent(record.value);
      if (intent && !known.contains(std::string(id_of(*intent).raw()))) {
        add("no_row", "the intent at " + std::to_string(record.partition) + "/" + std::to_string(record.offset) +
                          " has left no row");
      }
    }
    const auto ends = system_.topic().ends();
    for (std::int32_t partition = 0; partition < Topic::partitions; ++partition) {
      const auto next = system_.database().number("SELECT next_offset FROM partition_cursors WHERE partition_id = ?",
                                                  {std::int64_t{partition}});
      const auto end = ends[static_cast<std::size_t>(partition)];
      if (next != end)
        add("cursor", "partition " + std::to_string(partition) + " stands at " + std::to_string(next) +
                          ", its log ends at " + std::to_string(end));
    }
  }

  void leftovers() {
    const auto forgotten = number(
        "SELECT COUNT(*) FROM payments p JOIN partition_cursors c USING (partition_id) LEFT JOIN open_items o ON "
        "o.payment_id = p.payment_id WHERE p.log_offset < c.watermark AND o.payment_id IS NULL AND (p.told_sequence < "
        "p.sequence OR p.state NOT IN ('succeeded','declined','closed','refused','reversed'))");
    if (forgotten != 0)
      add("forgotten", std::to_string(forgotten) + " open payments lie below the watermark without a row (P17)");
    if (const auto n = number("SELECT COUNT(*) FROM incidents"); n != expected_.incidents)
      add("incident", std::to_string(n) + " incidents: " +
                          system_.database().text("SELECT GROUP_CONCAT(kind, ' ', detail) FROM incidents"));
    if (const auto n = number("SELECT COUNT(*) FROM dead_letters"); n != expected_.dead_letters)
      add("dead_letter", std::to_string(n) + " dead letters: " +
                             system_.database().text("SELECT GROUP_CONCAT(code, ' ', reason) FROM dead_letters"));
  }

  void balance() {
    const auto said = system_.acq({"account-for", "--gateway", system_.admin_url("gateway-1"), "--json"});
    if (said.code != 0) add("unaccounted", said.output + said.errors);
  }

  System& system_;
  const Shop& shop_;
  const Expected expected_;
  std::map<std::string, Row> rows_;
  std::map<std::string, std::string> aliases_;
  std::vector<Violation> found_;
};

}  // namespace

std::vector<Violation> check(System& system, const Shop& shop, std::int64_t within_ms, const Expected& expected) {
  return Checker(system, shop, expected).run(within_ms);
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
