// The n-th payment from SplitMix64 (Steele, Lea, Flood 2014) over (seed, n): no state between payments.
#include "loadtest/load/order_mix.hpp"

#include <fmt/format.h>

#include <charconv>

namespace acq::load {
namespace {

std::uint64_t mixed(std::uint64_t seed, std::uint64_t n, std::uint64_t purpose) {
  std::uint64_t z = seed + 0x9E3779B97F4A7C15ULL * (n * 4 + purpose + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

bool known_fate(int digits) {
  return digits == 0 || (digits >= 51 && digits <= 56);
}

}  // namespace

std::vector<FateWeight> plain_mix() {
  return {{0, 1}};
}

std::vector<FateWeight> fated_mix() {
  return {{0, 90}, {51, 4}, {53, 3}, {54, 2}, {56, 1}};
}

Result<std::vector<FateWeight>> parse_mix(std::string_view text) {
  std::vector<FateWeight> weights;
  std::uint64_t sum = 0;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    const std::size_t equals = item.find('=');
    const std::string_view name = item.substr(0, equals);
    const std::string_view number = equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1);
    FateWeight weight;
    const auto [name_end, name_error] = std::from_chars(name.data(), name.data() + name.size(), weight.digits);
    const bool named = name == "success" || (name_error == std::errc{} && name_end == name.data() + name.size());
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), weight.weight);
    if (!named || !known_fate(weight.digits) || error != std::errc{} || end != number.data() + number.size() ||
        weight.weight > 1'000'000) {
      return Failure(Errc::invalid_field, fmt::format("'{}' is no part of a mix: write success=90,51=5 with fates "
                                                      "success and 51 to 56",
                                                      item));
    }
    sum += weight.weight;
    weights.push_back(weight);
  }
  if (sum == 0) return Failure(Errc::invalid_field, "a mix needs at least one weight above 0");
  return weights;
}

std::string OrderMix::number_of(std::size_t n) const {
  return fmt::format("{}-{:07}", run_id, n);
}

std::int64_t OrderMix::amount_of(std::size_t n) const {
  std::uint64_t sum = 0;
  for (const FateWeight& w : weights) sum += w.weight;
  std::uint64_t drawn = mixed(seed, n, 0) % sum;
  int digits = 0;
  for (const FateWeight& w : weights) {
    if (drawn < w.weight) {
      digits = w.digits;
      break;
    }
    drawn -= w.weight;
  }
  // 1.00 to 999.xx, so that amounts differ and a swapped answer is seen.
  const auto units = static_cast<std::int64_t>(1 + mixed(seed, n, 1) % 999);
  return units * 100 + digits;
}

MethodType OrderMix::method_of(std::size_t n) const {
  if (kind == Kind::both) return n % 2 == 0 ? MethodType::qr : MethodType::barcode;
  return kind == Kind::qr ? MethodType::qr : MethodType::barcode;
}

PaymentRequest OrderMix::request_of(std::size_t n) const {
  PaymentRequest request;
  request.merchant_order_id = number_of(n);
  request.amount = amount_of(n);
  request.currency = currency;
  request.method = method_of(n);
  if (request.method == MethodType::barcode) {
    request.code = fmt::format("13{:016}", mixed(seed, n, 2) % 10'000'000'000'000'000ULL);
  }
  request.callback_url = callback_url;
  return request;
}

ExpectedEnd expected_end(std::int64_t amount) noexcept {
  switch (amount % 100) {
    case 51:
      return {PaymentState::declined, "insufficient_funds"};
    case 52:
      return {PaymentState::declined, "expired_code"};
    default:
      return {};
  }
}

}  // namespace acq::load
