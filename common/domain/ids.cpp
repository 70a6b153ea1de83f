// TypeID text (github.com/jetify-com/typeid, spec 0.3) and the layout of our UUIDv7s (RFC 9562, section 5.7).
#include "common/domain/ids.hpp"

#include <charconv>

namespace acq {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t suffix_length = 26;

constexpr std::array<std::int8_t, 256> digit_values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

/// 128 bits as 26 digits of five bits; the first digit holds only the top three.
void write_suffix(const std::array<std::uint8_t, 16>& bytes, char* out) noexcept {
  unsigned __int128 number = 0;
  for (const auto byte : bytes) number = (number << 8) | byte;
  for (std::size_t i = suffix_length; i-- > 0;) {
    out[i] = alphabet[static_cast<std::size_t>(number & 31)];
    number >>= 5;
  }
}

void put_time(std::array<std::uint8_t, 16>& bytes, std::int64_t unix_ms) noexcept {
  const auto time = static_cast<std::uint64_t>(unix_ms);
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(time >> (40 - 8 * i));
}

/// Version 7 with 12 bits of rand_a, variant 10 with 62 bits of rand_b.
void put_rest(std::array<std::uint8_t, 16>& bytes, std::uint64_t rand_a, std::uint64_t rand_b) noexcept {
  bytes[6] = static_cast<std::uint8_t>(0x70 | ((rand_a >> 8) & 0x0f));
  bytes[7] = static_cast<std::uint8_t>(rand_a);
  const std::uint64_t tail = (rand_b & 0x3fff'ffff'ffff'ffffULL) | 0x8000'0000'0000'0000ULL;
  for (std::size_t i = 0; i < 8; ++i) bytes[8 + i] = static_cast<std::uint8_t>(tail >> (56 - 8 * i));
}

std::string with_number(std::string text, std::int32_t number, char separator) {
  std::array<char, 12> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text += separator;
  text.append(digits.data(), end);
  return text;
}

}  // namespace

template <class Tag>
std::array<char, 30> Uuid<Tag>::chars() const noexcept {
  static_assert(Tag::prefix.size() + suffix_length == 30);
  std::array<char, 30> text;
  std::memcpy(text.data(), Tag::prefix.data(), Tag::prefix.size());
  write_suffix(bytes, text.data() + Tag::prefix.size());
  return text;
}

template <class Tag>
std::string Uuid<Tag>::text() const {
  const auto characters = chars();
  return {characters.data(), characters.size()};
}

template <class Tag>
std::optional<Uuid<Tag>> Uuid<Tag>::parse(std::string_view text) {
  if (text.size() != Tag::prefix.size() + suffix_length || !text.starts_with(Tag::prefix)) return std::nullopt;
  text.remove_prefix(Tag::prefix.size());
  if (text.front() > '7') return std::nullopt;  // 26 digits hold 130 bits; a first digit above 7 overflows 128
  unsigned __int128 number = 0;
  for (const char c : text) {
    const auto value = digit_values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    number = (number << 5) | static_cast<unsigned char>(value);
  }
  Uuid id;
  for (std::size_t i = 16; i-- > 0;) {
    id.bytes[i] = static_cast<std::uint8_t>(number & 0xff);
    number >>= 8;
  }
  return id;
}

template <class Tag>
std::optional<Uuid<Tag>> Uuid<Tag>::from_raw(std::string_view raw) {
  Uuid id;
  if (raw.size() != id.bytes.size()) return std::nullopt;
  std::memcpy(id.bytes.data(), raw.data(), raw.size());
  return id;
}

template <class Tag>
std::int64_t Uuid<Tag>::unix_ms() const noexcept {
  std::uint64_t time = 0;
  for (std::size_t i = 0; i < 6; ++i) time = (time << 8) | bytes[i];
  return static_cast<std::int64_t>(time);
}

template struct Uuid<PaymentTag>;
template struct Uuid<MerchantTag>;
template struct Uuid<IntentTag>;
template struct Uuid<RefundTag>;

std::uint64_t fnv1a_64(std::string_view bytes, std::uint64_t state) noexcept {
  for (const char c : bytes) {
    state ^= static_cast<unsigned char>(c);
    state *= 0x100000001b3ULL;
  }
  return state;
}

std::uint16_t route_hash(const MerchantId& merchant, std::string_view merchant_order_id) noexcept {
  const std::uint64_t hash = fnv1a_64(merchant_order_id, fnv1a_64(merchant.raw()));
  return static_cast<std::uint16_t>(hash ^ (hash >> 16) ^ (hash >> 32) ^ (hash >> 48));
}

std::uint16_t route_of(const PaymentId& id) noexcept {
  return static_cast<std::uint16_t>(id.bytes[14] * 256U + id.bytes[15]);
}

std::uint16_t route_of(const IntentId& id) noexcept {
  return route_of(same_bytes<PaymentId>(id));
}

std::int32_t partition_of(std::uint16_t route, std::int32_t partitions) noexcept {
  return route % partitions;
}

PaymentId make_payment_id(std::int64_t unix_ms, std::uint16_t route, std::uint64_t random) noexcept {
  PaymentId id;
  put_time(id.bytes, unix_ms);
  put_rest(id.bytes, random >> 46, (random << 16) | route);
  return id;
}

IntentId make_intent_id(std::int64_t unix_ms, std::uint16_t route, std::uint64_t random) noexcept {
  return same_bytes<IntentId>(make_payment_id(unix_ms, route, random));
}

RefundId make_refund_id(std::int64_t unix_ms, std::uint16_t route, std::uint64_t random) noexcept {
  return same_bytes<RefundId>(make_payment_id(unix_ms, route, random));
}

MerchantId make_merchant_id(std::int64_t unix_ms, std::uint64_t random_a, std::uint64_t random_b) noexcept {
  MerchantId id;
  put_time(id.bytes, unix_ms);
  put_rest(id.bytes, random_a, random_b);
  return id;
}

std::string event_id(const PaymentId& payment, std::int32_t sequence) {
  std::string text = "evt_";
  text.resize(4 + suffix_length);
  write_suffix(payment.bytes, text.data() + 4);
  return with_number(std::move(text), sequence, '_');
}

std::string channel_request_id(const PaymentId& payment, std::int32_t attempt) {
  return with_number(payment.text(), attempt, '-');
}

RefundId automatic_refund_id(const PaymentId& payment, std::int32_t attempt) noexcept {
  const char number = static_cast<char>(attempt);
  const auto hash = fnv1a_64("auto", fnv1a_64({&number, 1}, fnv1a_64(payment.raw())));
  return same_bytes<RefundId>(make_payment_id(payment.unix_ms(), route_of(payment), hash));
}

std::string automatic_refund_request_id(const PaymentId& payment, std::int32_t attempt) {
  return channel_request_id(payment, attempt) + "-auto";
}

}  // namespace acq
