// The table of currencies: ISO 4217's active codes that people pay in, with the digits of their minor unit. Left out
// are funds codes (CLF, UYI, MXV …), metals, testing codes and bond units: no merchant sells in them.
#include "common/domain/money.hpp"

#include <algorithm>

namespace acq {
namespace {

struct CurrencyRow {
  std::string_view code;
  int exponent;
};

// Sorted by code: looked up by halving.
constexpr CurrencyRow currencies[] = {
    {"AED", 2}, {"AFN", 2}, {"ALL", 2}, {"AMD", 2}, {"AOA", 2}, {"ARS", 2}, {"AUD", 2}, {"AWG", 2}, {"AZN", 2},
    {"BAM", 2}, {"BBD", 2}, {"BDT", 2}, {"BHD", 3}, {"BIF", 0}, {"BMD", 2}, {"BND", 2}, {"BOB", 2}, {"BRL", 2},
    {"BSD", 2}, {"BTN", 2}, {"BWP", 2}, {"BYN", 2}, {"BZD", 2}, {"CAD", 2}, {"CDF", 2}, {"CHF", 2}, {"CLP", 0},
    {"CNY", 2}, {"COP", 2}, {"CRC", 2}, {"CUP", 2}, {"CVE", 2}, {"CZK", 2}, {"DJF", 0}, {"DKK", 2}, {"DOP", 2},
    {"DZD", 2}, {"EGP", 2}, {"ERN", 2}, {"ETB", 2}, {"EUR", 2}, {"FJD", 2}, {"FKP", 2}, {"GBP", 2}, {"GEL", 2},
    {"GHS", 2}, {"GIP", 2}, {"GMD", 2}, {"GNF", 0}, {"GTQ", 2}, {"GYD", 2}, {"HKD", 2}, {"HNL", 2}, {"HTG", 2},
    {"HUF", 2}, {"IDR", 2}, {"ILS", 2}, {"INR", 2}, {"IQD", 3}, {"IRR", 2}, {"ISK", 0}, {"JMD", 2}, {"JOD", 3},
    {"JPY", 0}, {"KES", 2}, {"KGS", 2}, {"KHR", 2}, {"KMF", 0}, {"KPW", 2}, {"KRW", 0}, {"KWD", 3}, {"KYD", 2},
    {"KZT", 2}, {"LAK", 2}, {"LBP", 2}, {"LKR", 2}, {"LRD", 2}, {"LSL", 2}, {"LYD", 3}, {"MAD", 2}, {"MDL", 2},
    {"MGA", 2}, {"MKD", 2}, {"MMK", 2}, {"MNT", 2}, {"MOP", 2}, {"MRU", 2}, {"MUR", 2}, {"MVR", 2}, {"MWK", 2},
    {"MXN", 2}, {"MYR", 2}, {"MZN", 2}, {"NAD", 2}, {"NGN", 2}, {"NIO", 2}, {"NOK", 2}, {"NPR", 2}, {"NZD", 2},
    {"OMR", 3}, {"PAB", 2}, {"PEN", 2}, {"PGK", 2}, {"PHP", 2}, {"PKR", 2}, {"PLN", 2}, {"PYG", 0}, {"QAR", 2},
    {"RON", 2}, {"RSD", 2}, {"RUB", 2}, {"RWF", 0}, {"SAR", 2}, {"SBD", 2}, {"SCR", 2}, {"SDG", 2}, {"SEK", 2},
    {"SGD", 2}, {"SHP", 2}, {"SLE", 2}, {"SOS", 2}, {"SRD", 2}, {"SSP", 2}, {"STN", 2}, {"SVC", 2}, {"SYP", 2},
    {"SZL", 2}, {"THB", 2}, {"TJS", 2}, {"TMT", 2}, {"TND", 3}, {"TOP", 2}, {"TRY", 2}, {"TTD", 2}, {"TWD", 2},
    {"TZS", 2}, {"UAH", 2}, {"UGX", 0}, {"USD", 2}, {"UYU", 2}, {"UZS", 2}, {"VED", 2}, {"VES", 2}, {"VND", 0},
    {"VUV", 0}, {"WST", 2}, {"XAF", 0}, {"XCD", 2}, {"XCG", 2}, {"XOF", 0}, {"XPF", 0}, {"YER", 2}, {"ZAR", 2},
    {"ZMW", 2}, {"ZWG", 2},
};
static_assert(std::ranges::is_sorted(currencies, std::ranges::less{}, &CurrencyRow::code));

const CurrencyRow* find(std::string_view code) noexcept {
  const auto* row = std::ranges::lower_bound(currencies, code, std::ranges::less{}, &CurrencyRow::code);
  return row != std::end(currencies) && row->code == code ? row : nullptr;
}

}  // namespace

std::optional<Currency> Currency::parse(std::string_view code) noexcept {
  const auto* row = find(code);
  if (row == nullptr) return std::nullopt;
  Currency currency;
  std::ranges::copy(row->code, currency.code_.begin());
  return currency;
}

int Currency::exponent() const noexcept {
  const auto* row = find(code());
  return row == nullptr ? 0 : row->exponent;  // only the default-made XXX is not in the table
}

Result<Money> add(const Money& a, const Money& b) {
  if (a.currency != b.currency) return Failure(Errc::internal, "adds two currencies");
  Money sum{0, a.currency};
  if (__builtin_add_overflow(a.minor, b.minor, &sum.minor)) return Failure(Errc::internal, "a sum overflows");
  return sum;
}

Result<Money> subtract(const Money& a, const Money& b) {
  if (a.currency != b.currency) return Failure(Errc::internal, "subtracts two currencies");
  Money difference{0, a.currency};
  if (__builtin_sub_overflow(a.minor, b.minor, &difference.minor)) {
    return Failure(Errc::internal, "a difference overflows");
  }
  return difference;
}

}  // namespace acq
