#include "common/error/errc.hpp"

#include <array>
#include <cstdlib>

namespace acq {
namespace {
constexpr std::array table{
#define ACQ_ERRC_ENTRY(name, number, title, safe, after_ms, with, told) \
  ErrcEntry{Errc::name, #name, title, safe, after_ms, RetryWith::with, told},
    ACQ_ERRORS(ACQ_ERRC_ENTRY)
#undef ACQ_ERRC_ENTRY
};
}  // namespace

std::span<const ErrcEntry> errc_table() noexcept {
  return table;
}

const ErrcEntry& entry_of(Errc code) noexcept {
  for (const auto& entry : table) {
    if (entry.code == code) return entry;
  }
  std::abort();  // an Errc that is not in its own table was made by a cast
}

std::string_view name_of(Errc code) noexcept {
  return entry_of(code).name;
}

std::optional<Errc> errc_from_name(std::string_view name) noexcept {
  for (const auto& entry : table) {
    if (entry.name == name) return entry.code;
  }
  return std::nullopt;
}

}  // namespace acq
