// What the simulated bank knows: each charge request once, and what became of it. Pure: time comes in, answers go out;
// HTTP is simulator.cpp's. The fate of a charge is told by the last two digits of its amount (docs/channel.md).
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "common/codec/channel_json.hpp"

namespace acq::channel_sim {

struct BookOptions {
  std::int64_t late_arrival_ms = 2'000;  ///< 55: how long the request stays unheard of
  std::int64_t payer_delay_ms = 2'000;   ///< 53: when the payer pays
  std::int64_t slow_answer_ms = 3'000;   ///< 56: how long the answer takes
  std::size_t requests_max = 1'000'000;  ///< further request ids are answered `full`
};

struct Totals {
  std::int64_t charges = 0;
  std::int64_t charged_amount = 0;
  std::int64_t refunded_amount = 0;
  std::int64_t requests = 0;  ///< charge requests that arrived, repeats included
  friend bool operator==(const Totals&, const Totals&) = default;
};

enum class ReplyKind : std::uint8_t {
  answer,         ///< 200 and the answer
  unheard,        ///< 404 and an answer that says only that
  timed_out,      ///< 504: the caller learns nothing
  fields_differ,  ///< 409: the request id is known with other fields
  full,           ///< 503: no room for another request id, nothing was done
};

struct Reply {
  ReplyKind kind = ReplyKind::answer;
  codec::ChargeAnswer answer;  ///< for `answer` and `unheard`
  std::int64_t delay_ms = 0;   ///< to be waited before the answer is written
};

/// Single-threaded. `now_ms` is any clock that does not go back; every call settles what has fallen due until then.
class ChannelBook {
 public:
  explicit ChannelBook(BookOptions options) : options_(options) {}

  /// Executes a request id once; a repeat gets what is stored, as it is now.
  Reply charge(const codec::ChargeRequest& request, std::int64_t now_ms);
  Reply query(std::string_view request_id, std::int64_t now_ms);
  /// Summed over every request that names this order number.
  Totals order_totals(std::string_view merchant_order_id, std::int64_t now_ms);
  Totals totals(std::int64_t now_ms);
  void reset();

 private:
  enum class Status : std::uint8_t { unheard, awaiting_payer, succeeded, declined };
  struct Order {
    Totals totals;
    std::string number;
  };
  struct Record {
    const std::string* merchant_id;  ///< in merchants_: few merchants, many requests
    Order* order;
    std::size_t code_hash;  ///< payers' digits are compared, never kept
    std::int64_t amount;
    std::int64_t first_seen_ms;
    std::int64_t reference;
    std::string currency;
    bool qr;
    Status status;
  };

  void settle_due(std::int64_t now_ms);
  Reply execute(std::string_view request_id, Record& record, bool repeated, std::int64_t now_ms);
  void take_money(Record& record);
  codec::ChargeAnswer answer_of(std::string_view request_id, const Record& record) const;

  BookOptions options_;
  std::unordered_map<std::string, Record> requests_;
  std::unordered_map<std::string, Order> orders_;
  std::unordered_set<std::string> merchants_;
  std::deque<std::pair<std::int64_t, Record*>> payers_;  ///< when each will pay; one delay for all keeps it sorted
  Totals totals_;
  std::int64_t next_reference_ = 1;
};

}  // namespace acq::channel_sim
