// Names of things. A payment id is a UUIDv7 (RFC 9562, section 5.7) whose last 16 bits are the route hash, so that any
// holder of an id knows its partition. Text form: TypeID (base 32, Crockford's alphabet, 26 characters after a prefix).
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace acq {

/// 16 bytes of a UUID; `Tag` keeps a merchant from being passed as a payment. Trivially copyable.
template <class Tag>
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const Uuid&, const Uuid&) = default;
  /// "pay_01jd…": the tag's prefix (always four characters) and 26 characters.
  std::string text() const;
  /// The same characters without an allocation, for the accept and settle paths.
  std::array<char, 30> chars() const noexcept;
  /// Only the exact lower-case form that text() makes.
  static std::optional<Uuid> parse(std::string_view text);
  /// The 16 raw bytes, as MariaDB's BINARY(16) holds them.
  std::string_view raw() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  static std::optional<Uuid> from_raw(std::string_view raw);
  /// Milliseconds since the Unix epoch, from the first 48 bits.
  std::int64_t unix_ms() const noexcept;
};

struct PaymentTag {
  static constexpr std::string_view prefix = "pay_";
};
struct MerchantTag {
  static constexpr std::string_view prefix = "mer_";
};
struct IntentTag {
  static constexpr std::string_view prefix = "int_";
};
struct RefundTag {
  static constexpr std::string_view prefix = "ref_";
};

using PaymentId = Uuid<PaymentTag>;
using MerchantId = Uuid<MerchantTag>;
/// What was offered to the log once. The first attempt of a payment has the payment id's own bytes.
using IntentId = Uuid<IntentTag>;
using RefundId = Uuid<RefundTag>;

/// FNV-1a, 64 bits (draft-eastlake-fnv); `state` continues an earlier part.
inline constexpr std::uint64_t fnv1a_offset = 0xcbf29ce484222325ULL;
std::uint64_t fnv1a_64(std::string_view bytes, std::uint64_t state = fnv1a_offset) noexcept;

/// Where everything about one (merchant, merchant_order_id) goes: FNV-1a over the merchant's 16 raw bytes and the
/// number, folded to 16 bits by xor of its four quarters.
std::uint16_t route_hash(const MerchantId& merchant, std::string_view merchant_order_id) noexcept;
/// The route hash that an id carries.
std::uint16_t route_of(const PaymentId& id) noexcept;
std::uint16_t route_of(const IntentId& id) noexcept;
/// The log partition of a route. `partitions` > 0. A change of the number of partitions is P16's migration.
std::int32_t partition_of(std::uint16_t route, std::int32_t partitions) noexcept;

/// `random` supplies the 58 bits that are neither time, version, variant nor route.
PaymentId make_payment_id(std::int64_t unix_ms, std::uint16_t route, std::uint64_t random) noexcept;
/// Later intents about a payment have ids of their own, with its route: whoever holds one knows its partition.
IntentId make_intent_id(std::int64_t unix_ms, std::uint16_t route, std::uint64_t random) noexcept;
/// A merchant's refund: with the route of its payment.
RefundId make_refund_id(std::int64_t unix_ms, std::uint16_t route, std::uint64_t random) noexcept;
/// The same bytes under another name: a first attempt's intent is its payment.
template <class To, class From>
To same_bytes(const From& id) noexcept {
  return To{id.bytes};
}
/// The same without a route: 74 random bits (here from two words).
MerchantId make_merchant_id(std::int64_t unix_ms, std::uint64_t random_a, std::uint64_t random_b) noexcept;

/// Event ids derive from (payment id, sequence), so that doing it again tells the same id (P26): "evt_" + 26 + "_" + n.
std::string event_id(const PaymentId& payment, std::int32_t sequence);
/// The channel knows an attempt's charge by this for ever: payment, attempt, step.
std::string channel_request_id(const PaymentId& payment, std::int32_t attempt);

/// The refund of a success that came after its attempt had ended (P13): one per attempt, whoever asks and however
/// often.
RefundId automatic_refund_id(const PaymentId& payment, std::int32_t attempt) noexcept;
/// By this the channel knows it: payment, attempt, `auto`.
std::string automatic_refund_request_id(const PaymentId& payment, std::int32_t attempt);

}  // namespace acq

template <class Tag>
struct std::hash<acq::Uuid<Tag>> {
  std::size_t operator()(const acq::Uuid<Tag>& id) const noexcept {
    std::uint64_t tail;  // the random half is a good hash as it is
    std::memcpy(&tail, id.bytes.data() + 8, sizeof tail);
    std::uint64_t head;
    std::memcpy(&head, id.bytes.data(), sizeof head);
    return static_cast<std::size_t>(tail ^ (head * 0x9E3779B97F4A7C15ULL));
  }
};
