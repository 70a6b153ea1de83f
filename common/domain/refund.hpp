// A refund: money of one attempt given back under one channel request id, through that attempt's gate (P13, P14).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/domain/ids.hpp"
#include "common/domain/intents.hpp"
#include "common/domain/money.hpp"
#include "common/domain/outcomes.hpp"
#include "common/domain/payment.hpp"

namespace acq {

enum class RefundState : std::uint8_t { accepted, processing, succeeded, failed, unknown };
std::string_view name_of(RefundState state) noexcept;
std::optional<RefundState> refund_state_from_name(std::string_view name) noexcept;

/// Who asked for it: a merchant, or ourselves for a success that came too late (P13).
enum class RefundOrigin : std::uint8_t { automatic, merchant };
std::string_view name_of(RefundOrigin origin) noexcept;
std::optional<RefundOrigin> refund_origin_from_name(std::string_view name) noexcept;

/// Times are Unix milliseconds; 0 means "not set".
struct Refund {
  RefundId refund_id;
  PaymentId payment_id;
  std::int32_t attempt = 1;
  RefundOrigin origin = RefundOrigin::automatic;
  std::int32_t partition = 0;
  MerchantId merchant_id;
  std::string merchant_order_id;
  std::string merchant_refund_id;  ///< empty: automatic
  std::string reason;
  std::int64_t amount = 0;
  Currency currency;
  RefundState state = RefundState::accepted;
  std::string code;
  std::string channel_reference;
  std::int64_t created_at_ms = 0;
  std::int64_t updated_at_ms = 0;
  std::int64_t sent_at_ms = 0;  ///< may have left for the channel at this time (P18)
  std::int32_t queries = 0;
  std::int64_t due_at_ms = 0;    ///< when the channel is asked next; 0: nothing is owed
  std::int64_t log_offset = -1;  ///< of its intent; -1: automatic
  /// Its amount is, or was until it failed, counted in its attempt's gate. Not so for what a rule refused, and for what
  /// the channel is asked about first (asks_first).
  bool in_gate = true;

  bool has_ended() const noexcept { return state == RefundState::succeeded || state == RefundState::failed; }
};

/// What one attempt's money may still be asked back (P14). refunding + refunded <= captured.
struct RefundGate {
  PaymentId payment_id;
  std::int32_t attempt = 1;
  std::int64_t captured = 0;
  std::int64_t refunding = 0;
  std::int64_t refunded = 0;
  std::int32_t refunds = 0;  ///< merchants' that passed, whatever became of them

  std::int64_t left() const noexcept { return captured - refunding - refunded; }
};

/// Codes of refunds that a rule refuses after their 202.
inline constexpr std::string_view refund_exceeds = "refund_exceeds";
inline constexpr std::string_view not_refundable = "not_refundable";
inline constexpr std::string_view refund_fields_differ = "fields_differ";

enum class RefundStep : std::uint8_t { none, send, query };

struct RefundChange {
  Refund next;
  RefundStep step = RefundStep::none;  ///< to be done at once; `send` is stored as "may have left" first (P18)
  bool changed = false;
};

/// The whole money of an ended attempt goes back, sent at once.
Refund automatic_refund(const Payment& payment, std::int32_t attempt, std::int64_t now_ms);

/// Why money of `payment` may not be asked back, whatever the amount: it has not succeeded, is another merchant's or in
/// another currency, was accepted more than 365 days before, or 50 refunds have passed its gate.
std::optional<std::string_view> refund_refused(const Payment& payment, const RefundGate& gate,
                                               const RefundRequested& intent) noexcept;
/// P20: late on the log, or long on its way there: somebody may have sent it.
bool is_stale(const RefundRequested& intent, std::int64_t append_ms, std::int64_t now_ms) noexcept;
/// The refund that an intent makes, outside the gate and not sent.
Refund refund_from(const RefundRequested& intent, std::int32_t attempt, std::int32_t partition, std::int64_t log_offset,
                   std::int64_t now_ms);
/// Through the gate: sent at once, or asked about at once when it is stale (P20).
RefundStep let_in(Refund& refund, RefundGate& gate, bool stale, std::int64_t now_ms) noexcept;
/// Outside the gate, because a log that is read again shows refunds before them whose end is not known here, or came
/// only now: what the channel has heard of had passed, what it never heard of had not (P20).
RefundStep ask_first(Refund& refund, std::int64_t now_ms) noexcept;
/// The answer about such a one. It enters `gate` when the channel has heard of it and there is room, and waits while
/// there is none.
RefundChange apply_outside(const Refund& refund, const RefundAnswer& answer, RefundGate& gate, std::int64_t now_ms,
                           std::int64_t late_arrival_ms, double random);
/// What one more refund that has ended does to its payment: its sequence goes on (P26). No callback tells of it, so
/// what was told stays told.
Payment with_ended_refund(Payment payment, const Refund& refund, std::int64_t now_ms);

/// "Never heard of it" before `late_arrival_ms` after the last send is no answer (P21); later the same request id is
/// sent again. A failed automatic refund stays for two operators (P13).
RefundChange apply_refund(const Refund& refund, const RefundAnswer& answer, std::int64_t now_ms,
                          std::int64_t late_arrival_ms, double random);

/// The gate when `refund` goes from state `from` to its present one.
RefundGate pass(RefundGate gate, const Refund& refund, RefundState from) noexcept;

std::string channel_refund_id(const Refund& refund);

}  // namespace acq
