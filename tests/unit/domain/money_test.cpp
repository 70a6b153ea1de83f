// Money: the currency table and arithmetic that refuses.
#include "common/domain/money.hpp"

#include <catch2/catch.hpp>
#include <limits>

using namespace acq;

namespace {
Money money(std::int64_t minor, std::string_view code = "CNY") {
  return {minor, *Currency::parse(code)};
}
constexpr auto most = std::numeric_limits<std::int64_t>::max();
constexpr auto least = std::numeric_limits<std::int64_t>::min();
}  // namespace

TEST_CASE("a currency knows its minor unit") {
  const auto [code, exponent] = GENERATE(table<const char*, int>({{"CNY", 2},
                                                                  {"USD", 2},
                                                                  {"EUR", 2},
                                                                  {"JPY", 0},
                                                                  {"KRW", 0},
                                                                  {"VND", 0},
                                                                  {"CLP", 0},
                                                                  {"ISK", 0},
                                                                  {"XOF", 0},
                                                                  {"KWD", 3},
                                                                  {"BHD", 3},
                                                                  {"TND", 3},
                                                                  {"AED", 2},
                                                                  {"ZWG", 2},
                                                                  {"HKD", 2},
                                                                  {"MOP", 2},
                                                                  {"TWD", 2}}));
  REQUIRE(Currency::parse(code));
  CHECK(Currency::parse(code)->code() == code);
  CHECK(Currency::parse(code)->exponent() == exponent);
}

TEST_CASE("what is no active currency is refused") {
  const auto code =
      GENERATE("", "C", "CN", "cny", "Cny", "CNYY", "XXX", "XTS", "XAU", "RMB", "DEM", "HRK", "CLF", "   ");
  CHECK_FALSE(Currency::parse(code));
}

TEST_CASE("money adds and subtracts within one currency") {
  CHECK(add(money(100), money(23)).value() == money(123));
  CHECK(subtract(money(100), money(123)).value() == money(-23));
  CHECK(add(money(most - 1), money(1)).value() == money(most));
  CHECK(subtract(money(least + 1), money(1)).value() == money(least));
}

TEST_CASE("money never overflows and never mixes") {
  CHECK(add(money(most), money(1)).error().code == Errc::internal);
  CHECK(add(money(least), money(-1)).error().code == Errc::internal);
  CHECK(subtract(money(least), money(1)).error().code == Errc::internal);
  CHECK(subtract(money(0), money(least)).error().code == Errc::internal);
  CHECK(add(money(1, "CNY"), money(1, "USD")).error().code == Errc::internal);
  CHECK(subtract(money(1, "CNY"), money(1, "USD")).error().code == Errc::internal);
}
