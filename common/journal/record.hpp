// One line of the witness (P5): what was offered to the log, and how that offer ended. docs/formats/witness.md has the
// bytes, with a worked example.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace acq::journal {

enum class RecordType : std::uint8_t {
  offered = 1,    ///< payload: the intent's bytes as they go to the log
  persisted = 2,  ///< the log has it
  refused = 3,    ///< the log certainly does not have this offer
  unknown = 4,    ///< the log may have it
};

struct Record {
  RecordType type = RecordType::offered;
  std::int64_t unix_ms = 0;
  std::array<std::uint8_t, 16> intent_id{};
  std::int32_t partition = 0;
  std::string payload;
  friend bool operator==(const Record&, const Record&) = default;
};

/// A segment begins with this; the digit is the format's version.
inline constexpr std::string_view segment_magic = "ACQWIT1\n";
inline constexpr std::size_t record_prefix_bytes = 8;  ///< length and checksum
inline constexpr std::size_t record_body_bytes_min = 29;
inline constexpr std::size_t record_body_bytes_max = 256 * 1024;

/// Appends the record's bytes to `out`.
void encode_record(std::string& out, const Record& record);

enum class Decoded : std::uint8_t {
  whole,
  cut_off,  ///< the bytes end before the record does
  damaged,  ///< length, type or checksum are not what we write
};

/// Reads the record at the start of `bytes`; on `whole`, `size` is how many bytes it takes.
Decoded decode_record(std::string_view bytes, Record& record, std::size_t& size);

}  // namespace acq::journal
