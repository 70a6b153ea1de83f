// decide(): what a create means beside what is reserved under its number (P2). Pure; the reservation lives in Redis,
// which is a convenience: the writer's key table decides in the end (P11).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/payment.hpp"

namespace acq {

struct Reservation {
  PaymentId payment_id;  ///< of a later attempt and of a refund: the bytes of its intent's id
  std::int32_t attempt = 1;
  Fingerprint fingerprint{};
  std::int64_t deadline_ms = 0;     ///< until then the request that made it owns the number
  bool persisted = false;           ///< witness and log both have it
  std::int64_t accepted_at_ms = 0;  ///< of the first offer; a later offer keeps it (P20)
  std::int64_t expires_at_ms = 0;
};

/// The fields that a repeated refund must repeat, in this order: payment_id, amount, reason. Keyed hashes as a
/// payment's (P2).
inline constexpr std::size_t refund_field_count = 3;
using RefundFingerprint = std::array<std::uint32_t, refund_field_count>;

enum class Decision : std::uint8_t {
  fresh,          ///< nothing was there: ours now
  replay,         ///< known and persisted, same fields: the payment as it is now
  in_progress,    ///< reserved, its request still lives: 409
  resend,         ///< reserved, its request is dead, same fields: offer again under the reserved id
  replace,        ///< reserved, its request is dead, other fields, not known to be persisted: ours now, under a new id
  fields_differ,  ///< known and persisted with other fields: 422 with their names
  attempt_ahead,  ///< another attempt number than the one reserved: MariaDB decides (P8)
};

Decision decide(const std::optional<Reservation>& existing, const Fingerprint& fingerprint, std::int32_t attempt,
                std::int64_t now_ms) noexcept;

/// The fields whose hashes differ, in the order of Field.
std::vector<Field> differing_fields(const Fingerprint& a, const Fingerprint& b);

/// Compact text form for Redis, and back; nullopt when the bytes are not ours.
std::string encode_reservation(const Reservation& reservation);
std::optional<Reservation> decode_reservation(std::string_view text);

}  // namespace acq
