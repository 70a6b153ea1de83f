#include "gateway/cached_state.hpp"

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

}  // namespace

std::optional<Shown> believe(std::string_view state, std::string_view epoch, const MerchantId& merchant) {
  std::string_view rest = state;
  const auto written_epoch = next_part(rest);
  const auto sequence = next_part(rest);
  const auto owner = next_part(rest);
  if (!owner || rest.empty() || epoch.empty() || *written_epoch != epoch) return std::nullopt;
  if (*owner != crypto::hex_encode(merchant.raw())) return std::nullopt;
  Shown shown;
  const char* const end = sequence->data() + sequence->size();
  const auto parsed = std::from_chars(sequence->data(), end, shown.sequence);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  shown.json = rest;
  return shown;
}

}  // namespace acq::gateway
