// plan_batch(): what one transaction of one partition will write, decided in memory from what was loaded. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/codec/channel_json.hpp"
#include "common/domain/intents.hpp"
#include "common/domain/outcomes.hpp"
#include "common/domain/refund.hpp"
#include "common/domain/state_machine.hpp"

namespace acq::settlement {

using KeyHash = std::array<std::uint8_t, 16>;  ///< first half of SHA-256 over merchant, number and attempt
struct HashOfKey {
  std::size_t operator()(const KeyHash& key) const noexcept {
    std::size_t word;  // the bytes of a SHA-256 are a good hash as they are
    std::memcpy(&word, key.data(), sizeof word);
    return word;
  }
};

struct KeyRow {
  PaymentId payment_id;  ///< of a held close: its intent's bytes
  Fingerprint fingerprint{};
  std::int32_t period = 0;
  /// The close of this attempt came before the attempt (P12). No keyed hash of seven fields is all zeros.
  bool holds_close() const noexcept { return fingerprint == Fingerprint{}; }
};

/// One decoded record of the log.
struct LogIntent {
  std::int64_t log_offset = 0;
  std::int64_t append_ms = 0;
  KeyHash key{};  ///< of the number that a payment, close or refund names; unused for a notification
  Intent intent;
  codec::ChargeAnswer told;  ///< of a notification
};

/// A record that cannot be applied: parked once, with its reason, and the stream flows on.
struct DeadLetter {
  std::int64_t log_offset = 0;
  std::optional<IntentId> intent_id;
  std::string code;
  std::string reason;
  std::string record;  ///< the original bytes; the plan leaves them to its caller
};

struct NewKey {
  KeyHash key{};
  KeyRow row;
};

struct Alias {
  PaymentId alias_id;
  PaymentId payment_id;
  std::int64_t log_offset = 0;
};

/// The row of an intent that leaves no other one under its own id (P11): words of the intent_verdicts table.
struct Verdict {
  IntentId intent_id;
  std::string_view kind;
  std::optional<PaymentId> payment_id;
  std::int64_t log_offset = 0;
  std::string_view verdict;
  std::string_view code;
};

struct Incident {
  std::string kind;  ///< a word of the incidents table
  std::optional<PaymentId> payment_id;
  std::optional<std::int64_t> from_offset;
  std::optional<std::int64_t> to_offset;
  std::string detail;
};

using AttemptKey = std::pair<PaymentId, std::int32_t>;

struct HeldAttempt {
  AttemptKey key;
  std::int64_t log_offset = 0;
  std::int64_t append_ms = 0;
  std::string record;        ///< the original bytes; the plan leaves them to its caller
  bool close_asked = false;  ///< its close came while it was held: the channel is asked to close when it begins
};

struct RefundKeyRow {
  RefundId refund_id;
  RefundFingerprint fingerprint{};
};
struct NewRefundKey {
  KeyHash key{};
  RefundKeyRow row;
};
struct RefundAlias {
  RefundId alias_id;
  RefundId refund_id;
  std::int64_t log_offset = 0;
};
struct HeldRefund {
  RefundId refund_id;
  PaymentId payment_id;
  std::int64_t log_offset = 0;
  std::int64_t append_ms = 0;
  std::string record;  ///< the original bytes; the plan leaves them to its caller
};

/// What was loaded before planning. The plan keeps it current, so that two inputs about one payment in one batch see
/// each other.
struct Known {
  std::unordered_map<KeyHash, KeyRow, HashOfKey> keys;
  std::unordered_map<PaymentId, Payment> payments;
  std::unordered_set<IntentId> verdicts;  ///< intents that have their row already
  std::unordered_map<RefundId, Refund> refunds;
  std::map<AttemptKey, RefundGate> gates;
  std::unordered_map<KeyHash, RefundKeyRow, HashOfKey> refund_keys;
  /// Refunds that wait for their payment or its end, in the order of the log.
  std::map<PaymentId, std::map<std::int64_t, LogIntent>> held_refunds;
  struct Held {
    LogIntent record;
    bool close_asked = false;
  };
  std::map<AttemptKey, Held> held;  ///< attempts that wait for the end of the one before
};

struct PlannedEffect {
  PaymentId payment_id;
  Effect effect = Effect::none;
  std::int32_t attempt = 1;  ///< it is about this one only
};

struct Plan {
  std::vector<Payment> inserts;
  std::vector<Payment> updates;         ///< newest version, once per payment
  std::vector<Payment> ended_attempts;  ///< as they were when the next one began
  std::vector<PaymentId> begun;         ///< updates that began a new attempt
  std::vector<NewKey> keys;
  std::vector<NewKey> taken_keys;  ///< a held close's keys, now their payment's
  std::vector<Alias> aliases;
  std::vector<Verdict> verdicts;
  std::vector<Verdict> settled_verdicts;  ///< of what was held
  std::vector<HeldAttempt> held;          ///< without their bytes
  std::vector<AttemptKey> held_closes;    ///< held ones whose close was asked now
  std::vector<AttemptKey> released;       ///< held ones that began or were refused
  std::vector<DeadLetter> parked;         ///< without their bytes
  std::vector<Incident> incidents;
  std::vector<Refund> new_refunds;
  std::vector<Refund> refund_updates;
  std::vector<RefundGate> gates;  ///< newest version, once per attempt
  std::vector<NewRefundKey> refund_keys;
  std::vector<RefundAlias> refund_aliases;
  std::vector<HeldRefund> held_refunds;    ///< without their bytes
  std::vector<RefundId> released_refunds;  ///< held ones that were decided
  std::vector<PlannedEffect> effects;      ///< what the channel is asked after the commit
  std::vector<std::pair<RefundId, RefundStep>> refund_steps;
};

struct PlanTimes {
  std::int64_t now_ms = 0;  ///< the database's clock (P15)
  ChannelTimes channel;
};

/// year * 100 + month, UTC.
std::int32_t period_of(std::int64_t unix_ms) noexcept;

/// `random` is called for jitter, in [0,1).
Plan plan_batch(std::int32_t partition, std::span<const LogIntent> intents, std::span<const Outcome> outcomes,
                Known& known, const PlanTimes& times, double (*random)());

}  // namespace acq::settlement
