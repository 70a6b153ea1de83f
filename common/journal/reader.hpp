// Reads segments back and verifies them. A torn tail is legal: a crash leaves one, and nothing in it was ever promised.
// Damage in the middle is not; it is named with its place, and reading goes on behind it.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error/result.hpp"
#include "common/journal/record.hpp"

namespace acq::journal {

struct Damage {
  std::size_t offset = 0;
  std::size_t bytes = 0;
};

struct SegmentReport {
  std::string path;
  std::size_t records = 0;
  std::size_t torn_bytes = 0;  ///< behind the last whole record
  std::vector<Damage> damages;
};

/// Calls `each` for every whole record, in order. `bytes` is a whole segment. Errc::undecodable without our magic.
Result<SegmentReport> read_segment_bytes(std::string_view bytes, const std::function<void(const Record&)>& each);
/// The same from a file. Errc::journal_failed when it cannot be read.
Result<SegmentReport> read_segment(const std::string& path, const std::function<void(const Record&)>& each);

/// Reading one segment piece by piece, also while it is being written.
struct SegmentProgress {
  std::size_t offset = 0;  ///< where to go on: behind the last whole record
  bool more = false;       ///< there was more than one piece; call again
  std::vector<Damage> damages;
};
/// Reads whole records from `offset` on (0: the start), about `bytes_max` of them. What follows the last whole record
/// is left: it is being written, or torn. Errc::journal_failed, Errc::undecodable.
Result<SegmentProgress> read_segment_on(const std::string& path, std::size_t offset, std::size_t bytes_max,
                                        const std::function<void(const Record&)>& each);
/// The segments of a directory, in the order of their names.
Result<std::vector<std::string>> list_segments(const std::string& directory);

}  // namespace acq::journal
