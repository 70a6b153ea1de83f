// One file of the witness, append-only. After any failed write or sync it is never written again: what the kernel kept
// of it is unknown (a failed fsync drops the dirty pages and the next one says "fine").
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "common/error/result.hpp"

namespace acq::journal {

/// "INSTANCE-STARTMS-NUMBER.witness"; sorts by number within one run of a program.
std::string segment_name(std::string_view instance, std::int64_t start_ms, std::uint32_t number);
inline constexpr std::string_view segment_suffix = ".witness";

class Segment {
 public:
  Segment() = default;
  ~Segment();
  Segment(Segment&& other) noexcept;
  Segment& operator=(Segment&& other) noexcept;

  /// Creates it exclusively, with its magic and its name in the directory synced. Errc::journal_failed.
  static Result<Segment> create(const std::string& directory, const std::string& name);

  bool is_open() const noexcept { return descriptor_ >= 0; }
  std::size_t bytes() const noexcept { return bytes_; }
  const std::string& path() const noexcept { return path_; }
  Result<void> write(std::string_view bytes);
  Result<void> sync();
  /// Closes it; one that never held a record is removed.
  void close() noexcept;

 private:
  int descriptor_ = -1;
  std::size_t bytes_ = 0;
  std::string path_;
};

}  // namespace acq::journal
