#include "gateway/page_cursor.hpp"

#include "common/crypto/bytes.hpp"

namespace acq::gateway {
namespace {

/// Goes up when the order of a list changes: cursors that are under way are then refused, never misread.
constexpr std::string_view version = "1";
constexpr std::size_t id_bytes = 16;
constexpr std::size_t mac_bytes = 8;

std::string mac_of(const crypto::SipKey& key, const MerchantId& merchant, const PaymentFilter& filter,
                   std::string_view id) {
  std::string bound = "payments|" + std::string(version) + "|";
  bound.append(merchant.raw()).append(id);
  bound.append(filter.state ? acq::name_of(*filter.state) : std::string_view{}).append("|");
  bound.append(filter.created_after_ms ? std::to_string(*filter.created_after_ms) : "").append("|");
  bound.append(filter.created_before_ms ? std::to_string(*filter.created_before_ms) : "");
  const std::uint64_t hash = crypto::siphash24(key, bound);
  return {reinterpret_cast<const char*>(&hash), mac_bytes};
}

}  // namespace

std::string encode_cursor(const crypto::SipKey& key, const MerchantId& merchant, const PaymentFilter& filter,
                          const PaymentId& last) {
  std::string bytes(last.raw());
  bytes += mac_of(key, merchant, filter, last.raw());
  return std::string(version) + crypto::hex_encode(bytes);  // hex needs no escape in a query
}

std::optional<PaymentId> decode_cursor(const crypto::SipKey& key, const MerchantId& merchant,
                                       const PaymentFilter& filter, std::string_view text) {
  if (text.size() != version.size() + 2 * (id_bytes + mac_bytes) || !text.starts_with(version)) return std::nullopt;
  const auto bytes = crypto::hex_decode(text.substr(version.size()));
  if (!bytes) return std::nullopt;
  const auto id = std::string_view(*bytes).substr(0, id_bytes);
  const auto mac = std::string_view(*bytes).substr(id_bytes);
  if (!crypto::equal_in_constant_time(mac, mac_of(key, merchant, filter, id))) return std::nullopt;
  return PaymentId::from_raw(id);
}

}  // namespace acq::gateway
