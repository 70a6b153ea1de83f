// Money: integer minor units with a currency. Arithmetic refuses to overflow or to mix currencies.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/error/result.hpp"

namespace acq {

/// An ISO 4217 alphabetic code that our table knows. Three bytes, comparable.
class Currency {
 public:
  static std::optional<Currency> parse(std::string_view code) noexcept;
  std::string_view code() const noexcept { return {code_.data(), code_.size()}; }
  /// Digits after the point: 2 for CNY, 0 for JPY.
  int exponent() const noexcept;
  friend bool operator==(const Currency&, const Currency&) = default;

 private:
  std::array<char, 3> code_{'X', 'X', 'X'};
};

struct Money {
  std::int64_t minor = 0;
  Currency currency;
  friend bool operator==(const Money&, const Money&) = default;
};

/// Errc::internal on overflow or when the currencies differ.
Result<Money> add(const Money& a, const Money& b);
Result<Money> subtract(const Money& a, const Money& b);

}  // namespace acq
