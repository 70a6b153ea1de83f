// ANSI colours by hand: six of them need no library.
#include "loadtest/load/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace acq::load {

Terminal::Terminal(int descriptor) : interactive_(isatty(descriptor) == 1) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  colours_ = interactive_ && !dumb && (no_color == nullptr || *no_color == '\0');
}

std::string Terminal::paint(Ink ink, std::string_view text) const {
  if (!colours_) return std::string(text);
  int code = 0;
  switch (ink) {
    case Ink::plain:
      return std::string(text);
    case Ink::bold:
      code = 1;
      break;
    case Ink::dim:
      code = 2;
      break;
    case Ink::green:
      code = 32;
      break;
    case Ink::red:
      code = 31;
      break;
    case Ink::yellow:
      code = 33;
      break;
  }
  return fmt::format("\033[{}m{}\033[0m", code, text);
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string money_text(std::int64_t minor, const Currency& currency) {
  std::int64_t unit = 1;
  for (int i = 0; i < currency.exponent(); ++i) unit *= 10;
  if (unit == 1) return fmt::format("{} {}", grouped(minor), currency.code());
  return fmt::format("{}.{:0{}} {}", grouped(minor / unit), minor % unit, currency.exponent(), currency.code());
}

std::string latency_text(std::int64_t us) {
  if (us < 1'000) return fmt::format("{} us", us);
  if (us < 1'000'000) return fmt::format("{:.2f} ms", static_cast<double>(us) / 1e3);
  return fmt::format("{:.2f} s", static_cast<double>(us) / 1e6);
}

}  // namespace acq::load
