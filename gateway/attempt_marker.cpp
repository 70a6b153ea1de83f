#include "gateway/attempt_marker.hpp"

#include <charconv>

#include "common/crypto/bytes.hpp"

namespace acq::gateway {
namespace {

std::optional<std::string_view> next_part(std::string_view& rest) {
  const auto bar = rest.find('|');
  if (bar == std::string_view::npos) return std::nullopt;
  const auto part = rest.substr(0, bar);
  rest.remove_prefix(bar + 1);
  return part;
}

bool read_number(std::string_view text, std::int32_t& number) {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end && number >= 0;
}

}  // namespace

std::string encode_marker(const AttemptMarker& marker, const MerchantId& merchant) {
  std::string text = std::to_string(marker.attempt) + "|" + marker.intent_id.text() + "|";
  text.append(std::to_string(marker.sequence)).append("|").append(crypto::hex_encode(merchant.raw())).append("|");
  return text + marker.json;
}

std::optional<AttemptMarker> decode_marker(std::string_view text, const MerchantId& merchant) {
  std::string_view rest = text;
  const auto attempt = next_part(rest);
  const auto intent = next_part(rest);
  const auto sequence = next_part(rest);
  const auto owner = next_part(rest);
  if (!owner || rest.empty() || *owner != crypto::hex_encode(merchant.raw())) return std::nullopt;
  const auto intent_id = IntentId::parse(*intent);
  AttemptMarker marker;
  if (!intent_id || !read_number(*attempt, marker.attempt) || !read_number(*sequence, marker.sequence)) {
    return std::nullopt;
  }
  marker.intent_id = *intent_id;
  marker.json = rest;
  return marker;
}

}  // namespace acq::gateway
