// A directory of witness segments as files: which there are, which are balanced, their bytes in pieces, their removal.
// A segment is balanced when every id in it is accounted for; an empty file NAME.balanced beside it says so.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error/result.hpp"

namespace acq::journal {

inline constexpr std::string_view balanced_suffix = ".balanced";

struct SegmentFile {
  std::string name;
  std::size_t bytes = 0;
  std::int64_t changed_ms = 0;  ///< Unix milliseconds of the last write
  bool balanced = false;
};

/// In the order of their names. Errc::journal_failed.
Result<std::vector<SegmentFile>> list_segment_files(const std::string& directory);

/// A name that we give to segments; nothing that leads out of the directory is one.
bool is_segment_name(std::string_view name) noexcept;

/// At most `bytes_max` bytes from `offset` on, by pread; empty behind the end. Errc::not_found when there is no such
/// file, else Errc::journal_failed.
Result<std::string> read_piece(const std::string& path, std::size_t offset, std::size_t bytes_max);

Result<void> mark_balanced(const std::string& directory, const std::string& name);
/// The segment first, then its mark: a crash between them leaves a mark of nothing, which is removed when it is met.
Result<void> remove_segment(const std::string& directory, const std::string& name);

}  // namespace acq::journal
