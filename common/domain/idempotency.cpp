// P2's table, and the text under which Redis holds a reservation:
// "r1|pay_…|attempt|persisted|deadline|accepted|expires|seven fingerprints as 56 hex digits".
#include "common/domain/idempotency.hpp"

#include <array>
#include <charconv>

namespace acq {
namespace {

constexpr std::string_view version = "r1";
constexpr std::size_t fingerprint_digits = field_count * 8;

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 24> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

/// The text up to the next bar; empty when there is none left.
std::string_view take(std::string_view& rest) {
  const auto bar = rest.find('|');
  const auto part = rest.substr(0, bar);
  rest.remove_prefix(bar == std::string_view::npos ? rest.size() : bar + 1);
  return part;
}

template <class Number>
bool read_number(std::string_view text, Number& number, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Decision decide(const std::optional<Reservation>& existing, const Fingerprint& fingerprint, std::int32_t attempt,
                std::int64_t now_ms) noexcept {
  if (!existing) return Decision::fresh;
  // Redis holds one attempt at a time; what another one means is the writer's knowledge (P8).
  if (existing->attempt != attempt) return Decision::attempt_ahead;
  const bool same = existing->fingerprint == fingerprint;
  if (existing->persisted) return same ? Decision::replay : Decision::fields_differ;
  if (now_ms < existing->deadline_ms) return Decision::in_progress;
  return same ? Decision::resend : Decision::replace;
}

std::vector<Field> differing_fields(const Fingerprint& a, const Fingerprint& b) {
  std::vector<Field> fields;
  for (std::size_t i = 0; i < field_count; ++i) {
    if (a[i] != b[i]) fields.push_back(static_cast<Field>(i));
  }
  return fields;
}

std::string encode_reservation(const Reservation& reservation) {
  std::string out;
  out.reserve(160);
  const auto id = reservation.payment_id.chars();
  out.append(version).append("|").append(id.data(), id.size()).append("|");
  append_number(out, reservation.attempt);
  out += reservation.persisted ? "|1|" : "|0|";
  append_number(out, reservation.deadline_ms);
  out += '|';
  append_number(out, reservation.accepted_at_ms);
  out += '|';
  append_number(out, reservation.expires_at_ms);
  out += '|';
  for (const auto hash : reservation.fingerprint) {
    for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789abcdef"[(hash >> shift) & 15];
  }
  return out;
}

std::optional<Reservation> decode_reservation(std::string_view text) {
  if (take(text) != version) return std::nullopt;
  const auto id = PaymentId::parse(take(text));
  if (!id) return std::nullopt;
  Reservation reservation;
  reservation.payment_id = *id;
  if (!read_number(take(text), reservation.attempt)) return std::nullopt;
  const auto persisted = take(text);
  if (persisted != "0" && persisted != "1") return std::nullopt;
  reservation.persisted = persisted == "1";
  if (!read_number(take(text), reservation.deadline_ms) || !read_number(take(text), reservation.accepted_at_ms) ||
      !read_number(take(text), reservation.expires_at_ms)) {
    return std::nullopt;
  }
  if (text.size() != fingerprint_digits) return std::nullopt;
  for (std::size_t i = 0; i < field_count; ++i) {
    if (!read_number(text.substr(i * 8, 8), reservation.fingerprint[i], 16)) return std::nullopt;
  }
  return reservation;
}

}  // namespace acq
