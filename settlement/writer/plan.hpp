// plan_batch(): what one transaction of one partition will write, decided in memory from what was loaded. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/domain/intents.hpp"
#include "common/domain/outcomes.hpp"
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
  PaymentId payment_id;
  Fingerprint fingerprint{};
};

/// One decoded record of the log.
struct LogIntent {
  std::int64_t log_offset = 0;
  std::int64_t append_ms = 0;
  KeyHash key{};
  PaymentRequested intent;
};

/// A record that cannot be applied: parked once, with its reason, and the stream flows on.
struct DeadLetter {
  std::int64_t log_offset = 0;
  std::optional<IntentId> intent_id;
  std::string code;
  std::string reason;
  std::string record;
};

struct NewKey {
  KeyHash key{};
  std::int32_t period = 0;
  KeyRow row;
};

struct Alias {
  PaymentId alias_id;
  PaymentId payment_id;
  std::int64_t log_offset = 0;
};

struct Incident {
  std::string kind;  ///< a word of the incidents table
  std::optional<PaymentId> payment_id;
  std::optional<std::int64_t> from_offset;
  std::optional<std::int64_t> to_offset;
  std::string detail;
};

/// What was loaded before planning. The plan keeps both maps current, so that two inputs about one payment in one
/// batch see each other.
struct Known {
  std::unordered_map<KeyHash, KeyRow, HashOfKey> keys;
  std::unordered_map<PaymentId, Payment> payments;
};

struct PlannedEffect {
  PaymentId payment_id;
  Effect effect = Effect::none;
};

struct Plan {
  std::vector<Payment> inserts;
  std::vector<Payment> updates;  ///< newest version, once per payment
  std::vector<NewKey> keys;
  std::vector<Alias> aliases;
  std::vector<Incident> incidents;
  std::vector<PlannedEffect> effects;  ///< what the channel is asked after the commit
  bool empty() const {
    return inserts.empty() && updates.empty() && keys.empty() && aliases.empty() && incidents.empty();
  }
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
