#include "settlement/operations/intent_names.hpp"

#include <variant>

#include "common/codec/intent_json.hpp"
#include "common/codec/json_document.hpp"

namespace acq::settlement::operations {
namespace {

template <class One>
void take_number(IntentNames& names, const One& one) {
  if constexpr (requires { one.merchant_order_id; }) {
    names.merchant_id = one.merchant_id;
    names.merchant_order_id = one.merchant_order_id;
  }
}

constexpr std::string_view mask = "***";

/// The value of "sealed_code" replaced, wherever the name stands: also in bytes that are no JSON any more.
std::string masked(std::string_view bytes) {
  constexpr std::string_view name = "\"sealed_code\"";
  std::string out;
  for (;;) {
    const auto at = bytes.find(name);
    if (at == std::string_view::npos) return out.append(bytes);
    out.append(bytes.substr(0, at + name.size()));
    bytes.remove_prefix(at + name.size());
    const auto opening = bytes.find_first_not_of(" \t\r\n:");
    if (opening == std::string_view::npos) return out.append(bytes);
    out.append(bytes.substr(0, opening)).append(mask);
    bytes.remove_prefix(opening);
    const bool quoted = bytes.front() == '"';
    const auto closing = bytes.find_first_of(quoted ? "\"" : ",}", 1);
    bytes.remove_prefix(closing == std::string_view::npos ? bytes.size() : closing + (quoted ? 1 : 0));
  }
}

}  // namespace

Result<IntentNames> names_of(std::string_view intent_bytes) {
  auto intent = codec::decode_intent(intent_bytes);
  if (!intent) return intent.error();
  IntentNames names;
  names.intent_id = id_of(*intent);
  names.key = record_key(*intent);
  std::visit([&](const auto& one) { take_number(names, one); }, *intent);
  if (const auto json = codec::parse_json(intent_bytes)) names.kind = std::string(json->string_or("type"));
  return names;
}

std::int32_t home_of(const IntentId& id, std::int32_t partitions) noexcept {
  return partition_of(route_of(PaymentId{id.bytes}), partitions);
}

std::string shown_bytes(std::string_view bytes, std::size_t characters) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : masked(bytes)) {
    if (out.size() >= characters) return out.substr(0, characters) + "…";
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '\\') {
      out.push_back(c);
      continue;
    }
    out += "\\x";
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

}  // namespace acq::settlement::operations
