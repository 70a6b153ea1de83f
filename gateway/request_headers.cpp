#include "gateway/request_headers.hpp"

#include "common/crypto/bytes.hpp"
#include "common/limits.hpp"

namespace acq::gateway {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Cuts the text before `separator` off `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
  const auto at = rest.find(separator);
  const auto part = trimmed(rest.substr(0, at));
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return part;
}

bool refused_by_weight(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto parameter = next_part(parameters, ';');
    if (parameter.size() < 3 || (parameter[0] != 'q' && parameter[0] != 'Q') || parameter[1] != '=') continue;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}
bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

bool is_traceparent(std::string_view text) {
  if (text.size() != 55 || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') return false;
  const auto trace = text.substr(3, 32);
  const auto parent = text.substr(36, 16);
  return is_hex(trace) && !is_zero(trace) && is_hex(parent) && !is_zero(parent) && is_hex(text.substr(53));
}

std::string random_hex(std::size_t words) {
  std::string bytes;
  for (std::size_t i = 0; i < words; ++i) {
    const std::uint64_t word = crypto::random_word() | 1U;  // never all zeros
    bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return crypto::hex_encode(bytes);
}

}  // namespace

std::string_view header(const http::Request& request, std::string_view name) {
  const std::string_view* value = request.find(name);
  return value != nullptr ? *value : std::string_view{};
}

bool is_json(std::string_view content_type) {
  return http::same_header(next_part(content_type, ';'), "application/json");
}

bool accepts_json(std::string_view accept) {
  if (trimmed(accept).empty()) return true;
  while (!accept.empty()) {
    auto range = next_part(accept, ',');
    const auto type = next_part(range, ';');
    const bool fits =
        type == "*/*" || http::same_header(type, "application/*") || http::same_header(type, "application/json");
    if (fits && !refused_by_weight(range)) return true;
  }
  return false;
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    auto entry = next_part(if_none_match, ',');
    if (entry.starts_with("W/")) entry.remove_prefix(2);
    if (entry == "*" || entry == etag) return true;
  }
  return false;
}

bool is_order_number(std::string_view text) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  return !text.empty() && text.size() <= limits::merchant_order_id_bytes_max &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}

std::string traceparent_or_new(std::string_view header) {
  if (is_traceparent(header)) return std::string(header);
  return "00-" + random_hex(2) + "-" + random_hex(1) + "-01";
}

}  // namespace acq::gateway
