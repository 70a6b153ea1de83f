// A payment as MariaDB holds it and merchants see it. Times are Unix milliseconds; 0 means "not set".
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/domain/ids.hpp"
#include "common/domain/money.hpp"
#include "common/limits.hpp"

namespace acq {

/// `refused` is what a create becomes that lost its number to other fields after its 202 (P11): final, told, never
/// sent.
enum class PaymentState : std::uint8_t {
  accepted,
  processing,
  awaiting_payer,
  succeeded,
  declined,
  closed,
  refused,
  unknown,
  reversed
};
inline constexpr std::array all_payment_states{
    PaymentState::accepted,  PaymentState::processing, PaymentState::awaiting_payer,
    PaymentState::succeeded, PaymentState::declined,   PaymentState::closed,
    PaymentState::refused,   PaymentState::unknown,    PaymentState::reversed};
std::string_view name_of(PaymentState state) noexcept;
std::optional<PaymentState> payment_state_from_name(std::string_view name) noexcept;
/// Final for the attempt: succeeded, declined, closed, refused, reversed.
bool is_final(PaymentState state) noexcept;

/// What became of a request to close the attempt (P12).
enum class CloseState : std::uint8_t {
  none,
  asked,    ///< the channel is being asked
  closed,   ///< it ended closed
  refused,  ///< it ended otherwise
};
std::string_view name_of(CloseState state) noexcept;
std::optional<CloseState> close_state_from_name(std::string_view name) noexcept;

enum class MethodType : std::uint8_t { barcode, qr };
std::string_view name_of(MethodType method) noexcept;
std::optional<MethodType> method_type_from_name(std::string_view name) noexcept;

using Metadata = std::vector<std::pair<std::string, std::string>>;  ///< in the order sent

/// The fields that a repeated request must repeat. The order is that of `Fingerprint`.
enum class Field : std::uint8_t { amount, currency, method, description, callback_url, expires_at, metadata };
inline constexpr std::size_t field_count = 7;
std::string_view name_of(Field field) noexcept;

/// A 32-bit keyed hash per field (P2): differences can be named, values cannot be read back.
using Fingerprint = std::array<std::uint32_t, field_count>;

/// What a merchant asked for, parsed and checked, defaults applied. `code` is a bearer secret (P24): never logged.
struct PaymentRequest {
  std::string merchant_order_id;
  std::int64_t amount = 0;
  Currency currency;
  MethodType method = MethodType::qr;
  std::string code;  ///< barcode digits; empty for qr
  std::string description;
  std::int32_t attempt = 1;
  std::string callback_url;
  std::string expires_at_sent;     ///< as sent, for the fingerprint; empty when left out
  std::int64_t expires_at_ms = 0;  ///< default applied
  Metadata metadata;
};

/// An attempt that ended before the present one began.
struct EndedAttempt {
  std::int32_t attempt = 1;
  PaymentState state = PaymentState::declined;
  std::string decline_code;
  friend bool operator==(const EndedAttempt&, const EndedAttempt&) = default;
};

struct Payment {
  PaymentId payment_id;
  MerchantId merchant_id;
  std::string merchant_order_id;
  std::int32_t attempt = 1;
  std::int64_t amount = 0;
  std::int64_t refunded_amount = 0;  ///< merchants' refunds of what was kept that succeeded
  Currency currency;
  MethodType method = MethodType::qr;
  PaymentState state = PaymentState::accepted;
  std::int32_t sequence = 0;  ///< one more with every change that a merchant can see
  std::int64_t created_at_ms = 0;
  std::int64_t updated_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  std::string description;
  std::string callback_url;
  Metadata metadata;
  std::string code_url;      ///< qr: what the payer scans
  std::string decline_code;  ///< declined; or the rule that closed, refused or holds it ("expired", "fields_differ")
  CloseState close = CloseState::none;
  std::string close_code;  ///< why a close was refused
  std::string channel_reference;

  std::string sealed_code;      ///< the barcode's digits under the day key (P24); erased when the attempt ends
  std::int64_t sent_at_ms = 0;  ///< last time that a charge may have left for the channel (P18); 0: never
  std::int64_t unknown_since_ms = 0;
  std::int64_t next_query_at_ms = 0;
  std::int32_t queries = 0;        ///< asked since the clock last started
  std::int32_t told_sequence = 0;  ///< last sequence whose callback was acknowledged, or owed to nobody
  std::int32_t tell_attempts = 0;  ///< failed tries of the callback that is owed
  std::int64_t next_tell_at_ms = 0;

  std::vector<EndedAttempt> earlier;  ///< oldest first; empty for a first attempt

  // Where its first attempt stands on the log.
  std::int32_t partition = 0;
  std::int64_t log_offset = 0;

  /// Still owes something: a channel's answer, or a callback.
  bool is_open() const noexcept { return !is_final(state) || told_sequence < sequence; }
};

/// What a merchant may do next, as openapi.yaml's `next_action`.
std::string_view next_action(PaymentState state) noexcept;

}  // namespace acq
