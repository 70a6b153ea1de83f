// What the simulated bank knows: each charge and refund request once, and what became of it. Pure: time comes in,
// answers go out, and what the bank tells by itself lies in the outbox; HTTP is simulator.cpp's and notifier.cpp's.
// The fate of a request is told by the last two digits of its amount (docs/channel.md).
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/codec/channel_json.hpp"
#include "loadtest/channel_sim/outbox.hpp"

namespace acq::channel_sim {

struct BookOptions {
  std::int64_t late_arrival_ms = 2'000;  ///< 55: how long the request stays unheard of
  std::int64_t payer_delay_ms = 2'000;   ///< 53: when the payer pays
  std::int64_t slow_answer_ms = 3'000;   ///< 56: how long the answer takes
  std::int64_t silence_ms = 5'000;       ///< 57: how long queries learn nothing
  std::int64_t on_its_way_ms = 5'000;    ///< 63: how late the request arrives
  std::int64_t held_back_ms = 3'000;     ///< Chance::late: how late the request arrives
  std::int64_t flip_ms = 1'000;          ///< Chance::flips: how long after its decline the money is taken
  std::int64_t refund_ms = 2'000;        ///< 73: how long the refund is pending
  std::size_t requests_max = 1'000'000;  ///< request ids of charges and refunds; further ones are answered `full`
  bool notifies = false;                 ///< false: nobody listens, the outbox stays empty
};

struct Totals {
  std::int64_t charges = 0;
  std::int64_t charged_amount = 0;
  std::int64_t refunded_amount = 0;  ///< by refunds and reversals
  std::int64_t requests = 0;         ///< charge requests that arrived, repeats included
  std::int64_t refunds = 0;          ///< that succeeded
  std::int64_t reversals = 0;        ///< that gave money back
  std::int64_t returned = 0;         ///< charges whose money was all given back
  /// Charges whose money the merchant keeps.
  std::int64_t kept() const noexcept { return charges - returned; }
  friend bool operator==(const Totals&, const Totals&) = default;
};

enum class ReplyKind : std::uint8_t {
  answer,         ///< 200 and the answer
  unheard,        ///< 404 and an answer that says only that
  timed_out,      ///< 504: the caller learns nothing
  failed,         ///< 500: the caller learns nothing, and nothing was done
  silent,         ///< no byte, ever
  fields_differ,  ///< 409: the request id is known with other fields
  not_flippable,  ///< 409: only what was declined or closed can turn into a late success
  full,           ///< 503: no room for another request id, nothing was done
};

struct Reply {
  ReplyKind kind = ReplyKind::answer;
  codec::ChargeAnswer answer;  ///< for `answer` and `unheard`
  std::int64_t delay_ms = 0;   ///< to be waited before the answer is written
};

struct RefundResult {
  ReplyKind kind = ReplyKind::answer;
  codec::RefundReply reply;  ///< for `answer` and `unheard`
};

/// What chance (faults.hpp) does to one charge request.
struct Chance {
  bool late = false;   ///< answered 504 now, arrives by itself held_back_ms later
  bool twice = false;  ///< arrives twice, and is notified twice
  bool flips = false;  ///< if it is declined, the money is taken after all
};

/// Single-threaded. `now_ms` is any clock that does not go back; every call settles what has fallen due until then.
class ChannelBook {
 public:
  explicit ChannelBook(BookOptions options) : options_(options) {}

  /// Executes a request id once and never after it was closed or reversed; a repeat gets what is stored, as it is now.
  Reply charge(const codec::ChargeRequest& request, std::int64_t now_ms, Chance chance = {});
  Reply query(std::string_view request_id, std::int64_t now_ms);
  /// Not charged: `closed`, for ever, heard of before or not. Charged: told so, and the money stays.
  Reply close(const codec::EndRequest& request, std::int64_t now_ms);
  /// Charged: the money is given back. Else as close().
  Reply reverse(const codec::EndRequest& request, std::int64_t now_ms);
  /// A late success (P13): a declined or closed charge takes the money after all, and notifies.
  Reply flip(std::string_view request_id, std::int64_t now_ms);

  /// Executes a refund request id once.
  RefundResult refund(const codec::RefundRequest& request, std::int64_t now_ms);
  RefundResult query_refund(std::string_view refund_request_id, std::int64_t now_ms);

  /// Summed over every request that names this order number.
  Totals order_totals(std::string_view merchant_order_id, std::int64_t now_ms);
  Totals totals(std::int64_t now_ms);
  void reset();

  Outbox& outbox() noexcept { return outbox_; }
  /// What falls due by itself: payers, late arrivals, flips, pending refunds.
  void settle_due(std::int64_t now_ms);
  /// The body of a notification: the charge as it stands now. Nothing when a reset has forgotten it.
  std::optional<codec::ChargeAnswer> told_by(const Notification& notification) const;

 private:
  enum class Status : std::uint8_t { unheard, awaiting_payer, paid_untold, succeeded, declined, closed, reversed };
  using Order = std::pair<const std::string, Totals>;
  struct Record {
    const std::string* merchant_id = nullptr;  ///< in merchants_: few merchants, many requests
    Order* order = nullptr;
    std::size_t code_hash = 0;  ///< payers' digits are compared, never kept
    std::int64_t amount = 0;
    std::int64_t given_back = 0;
    std::int64_t promised_back = 0;  ///< by refunds that are pending
    std::int64_t first_arrival_ms = 0;
    std::int64_t reference = 0;
    Currency currency;
    Status status = Status::unheard;
    bool qr = false;
    bool called = false;   ///< a charge was asked; false when only its end was
    bool arrived = false;  ///< and the request has arrived
    bool twice = false;
    bool flips = false;
  };
  using Entry = std::pair<const std::string, Record>;
  enum class RefundStatus : std::uint8_t { unheard, pending, succeeded, failed };
  struct RefundRecord {
    std::string charge_request_id;
    const std::string* merchant_id = nullptr;
    Order* order = nullptr;
    Entry* charge = nullptr;  ///< null: no such charge
    std::int64_t amount = 0;
    std::int64_t reference = 0;
    Currency currency;
    RefundStatus status = RefundStatus::unheard;
    std::string_view code;  ///< a literal
  };
  using RefundEntry = std::pair<const std::string, RefundRecord>;

  enum class Act : std::uint8_t { payer_pays, request_arrives, decline_flips, refund_ends };
  struct Due {
    std::int64_t at_ms;
    std::int64_t order;  ///< of two at the same time, the one that was scheduled first
    Act act;
    Entry* charge;
    RefundRecord* refund;
    bool operator>(const Due& other) const noexcept {
      return std::pair(at_ms, order) > std::pair(other.at_ms, other.order);
    }
  };

  template <class Request, class Kept>
  void keep_identity(const Request& request, Kept& record);
  template <class Request, class Kept>
  static bool same_identity(const Request& request, const Kept& record);
  bool is_full() const noexcept { return requests_.size() + refunds_.size() > options_.requests_max; }
  void schedule(std::int64_t at_ms, Act act, Entry* charge, RefundRecord* refund = nullptr);

  void count_request(Record& record);
  /// `attended`: somebody waits for the answer.
  Reply arrive(Entry& entry, std::int64_t now_ms, bool attended);
  void execute(Entry& entry, bool first, std::int64_t now_ms, bool attended);
  Entry* entry_to_end(const codec::EndRequest& request, std::int64_t now_ms, ReplyKind& refusal);
  void take_money(Record& record);
  void give_back(Record& record, std::int64_t amount);
  void notify(const Entry& entry, std::int64_t now_ms, bool other_order = false);
  void notify_thrice(const Entry& entry, std::int64_t now_ms);
  codec::ChargeAnswer answer_of(const Entry& entry) const;
  Reply reply_of(const Entry& entry) const { return {ReplyKind::answer, answer_of(entry), 0}; }

  void execute_refund(RefundRecord& record, std::int64_t now_ms);
  std::string_view why_not(const RefundRecord& record) const;
  codec::RefundReply reply_about(const RefundEntry& entry) const;

  BookOptions options_;
  std::unordered_map<std::string, Record> requests_;
  std::unordered_map<std::string, RefundRecord> refunds_;
  std::unordered_map<std::string, Totals> orders_;
  std::unordered_set<std::string> merchants_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  Outbox outbox_;
  Totals totals_;
  std::int64_t next_reference_ = 1;
  std::int64_t next_due_ = 1;
  std::int64_t next_notification_ = 1;
};

}  // namespace acq::channel_sim
