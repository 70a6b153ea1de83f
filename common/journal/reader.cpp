#include "common/journal/reader.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "common/journal/archive.hpp"
#include "common/journal/segment.hpp"

namespace acq::journal {
namespace {

/// The next place at which a whole record begins: lengths are not to be trusted behind damage, checksums are.
std::size_t next_record(std::string_view bytes, std::size_t from) {
  Record ignored;
  std::size_t size = 0;
  for (std::size_t at = from; at + record_prefix_bytes + record_body_bytes_min <= bytes.size(); ++at) {
    if (decode_record(bytes.substr(at), ignored, size) == Decoded::whole) return at;
  }
  return bytes.size();
}

}  // namespace

Result<SegmentReport> read_segment_bytes(std::string_view bytes, const std::function<void(const Record&)>& each) {
  if (!bytes.starts_with(segment_magic)) {
    return Failure(Errc::undecodable, "no witness segment: its first bytes are not " + std::string("ACQWIT1"));
  }
  SegmentReport report;
  Record record;
  std::size_t at = segment_magic.size();
  while (at < bytes.size()) {
    std::size_t size = 0;
    if (decode_record(bytes.substr(at), record, size) == Decoded::whole) {
      ++report.records;
      each(record);
      at += size;
      continue;
    }
    const std::size_t next = next_record(bytes, at + 1);
    if (next == bytes.size()) {
      report.torn_bytes = bytes.size() - at;
      break;
    }
    report.damages.push_back({at, next - at});
    at = next;
  }
  return report;
}

Result<SegmentReport> read_segment(const std::string& path, const std::function<void(const Record&)>& each) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Failure(Errc::journal_failed, "cannot read " + path);
  std::error_code error;
  std::string bytes(static_cast<std::size_t>(std::filesystem::file_size(path, error)), '\0');
  if (error) return Failure(Errc::journal_failed, "cannot read " + path + ": " + error.message());
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  auto report = read_segment_bytes(bytes, each);
  if (!report) return Failure(report.error().code, path + ": " + report.error().detail);
  report->path = path;
  return report;
}

Result<SegmentProgress> read_segment_on(const std::string& path, std::size_t offset, std::size_t bytes_max,
                                        const std::function<void(const Record&)>& each) {
  SegmentProgress progress;
  progress.offset = offset;
  auto piece = read_piece(path, offset, std::max(bytes_max, record_prefix_bytes + record_body_bytes_max));
  if (!piece) return piece.error();
  std::string_view bytes = *piece;
  if (offset == 0) {
    if (bytes.size() < segment_magic.size()) return progress;
    if (!bytes.starts_with(segment_magic)) return Failure(Errc::undecodable, path + " is no witness segment");
    bytes.remove_prefix(segment_magic.size());
    progress.offset = segment_magic.size();
  }
  Record record;
  std::size_t size = 0;
  const std::size_t before = progress.offset;
  while (decode_record(bytes, record, size) == Decoded::whole) {
    each(record);
    bytes.remove_prefix(size);
    progress.offset += size;
  }
  if (bytes.empty() || progress.offset > before) {
    progress.more = progress.offset > before;
    return progress;
  }
  // Not one whole record here. Damage when one follows anywhere behind it, else a tail that is torn or being written.
  auto rest = read_piece(path, progress.offset, SIZE_MAX);
  if (!rest) return rest.error();
  if (decode_record(*rest, record, size) == Decoded::whole) {  // it was being written a moment ago
    progress.more = true;
    return progress;
  }
  const std::size_t next = next_record(*rest, 1);
  if (next >= rest->size()) return progress;
  progress.damages.push_back({progress.offset, next});
  progress.offset += next;
  progress.more = true;
  return progress;
}

Result<std::vector<std::string>> list_segments(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().native().ends_with(segment_suffix)) paths.push_back(entry.path().native());
  }
  if (error) return Failure(Errc::journal_failed, "cannot list " + directory + ": " + error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace acq::journal
