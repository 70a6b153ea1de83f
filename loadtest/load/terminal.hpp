// What people see: colours only on a terminal and never under NO_COLOR, numbers and money as people write them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "common/domain/money.hpp"

namespace acq::load {

enum class Ink : std::uint8_t { plain, bold, dim, green, red, yellow };

class Terminal {
 public:
  /// Looks at file descriptor 1 or 2, NO_COLOR and TERM.
  explicit Terminal(int descriptor);
  bool interactive() const noexcept { return interactive_; }
  std::string paint(Ink ink, std::string_view text) const;

 private:
  bool interactive_;
  bool colours_;
};

std::string grouped(std::int64_t number);                              ///< 15,000
std::string money_text(std::int64_t minor, const Currency& currency);  ///< "12.34 CNY"
std::string latency_text(std::int64_t us);                             ///< "1.23 ms", "2.50 s"

}  // namespace acq::load
