// What docs/errors.md tells a merchant of a code beyond its table: when it comes, what to do next, what it says of
// money. Beside errc.hpp and not in it, because every file includes that one.
#pragma once
#include <string_view>

#include "common/error/errc.hpp"

namespace acq {

struct ErrcHelp {
  std::string_view when;
  std::string_view next;
  std::string_view money;
};

/// Of a code that merchants are told; of any other, what `internal` says.
ErrcHelp help_of(Errc code) noexcept;

}  // namespace acq
