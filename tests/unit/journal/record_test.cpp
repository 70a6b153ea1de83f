// The witness format: the checksum's check value, the worked example of docs/formats/witness.md, and what a reader says
// of torn and damaged bytes.
#include <catch2/catch.hpp>

#include "common/crypto/bytes.hpp"
#include "common/journal/crc32c.hpp"
#include "common/journal/reader.hpp"
#include "common/journal/record.hpp"

namespace {
using namespace acq::journal;

Record example() {
  Record record{RecordType::offered, 0x0000019AB6C4D2E0, {}, 1, "{\"v\":1}"};
  for (std::uint8_t i = 0; i < 16; ++i) record.intent_id[i] = i;
  return record;
}

struct Read {
  SegmentReport report;
  std::vector<Record> records;
};
Read read(std::string_view bytes) {
  Read result;
  auto report = read_segment_bytes(bytes, [&](const Record& record) { result.records.push_back(record); });
  REQUIRE(report.has_value());
  result.report = *report;
  return result;
}

std::string three_records() {
  std::string bytes(segment_magic);
  for (const std::int32_t partition : {1, 2, 3}) {
    Record record = example();
    record.partition = partition;
    encode_record(bytes, record);
  }
  return bytes;
}
constexpr std::size_t record_bytes = 8 + 29 + 7;
}  // namespace

TEST_CASE("CRC-32C: the check value, the RFC 3720 vectors, and any length") {
  CHECK(crc32c("123456789") == 0xE3069283U);
  CHECK(crc32c("") == 0U);
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAU);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62A8AB43U);
}

TEST_CASE("witness record: the worked example of the format's page") {
  std::string bytes;
  encode_record(bytes, example());
  CHECK(acq::crypto::hex_encode(bytes) ==
        "24000000"
        "17fed65c"
        "01"
        "e0d2c4b69a010000"
        "000102030405060708090a0b0c0d0e0f"
        "01000000"
        "7b2276223a317d");
}

TEST_CASE("witness record: what was written is read") {
  const auto got = read(three_records());
  REQUIRE(got.records.size() == 3);
  CHECK(got.records[0] == example());
  CHECK(got.records[2].partition == 3);
  CHECK(got.report.torn_bytes == 0);
  CHECK(got.report.damages.empty());
}

TEST_CASE("witness segment: cut anywhere in the last record, the others are read and the tail is torn") {
  const std::string whole = three_records();
  for (std::size_t cut = 1; cut < record_bytes; ++cut) {
    INFO(cut);
    const auto got = read(std::string_view(whole).substr(0, whole.size() - cut));
    REQUIRE(got.records.size() == 2);
    REQUIRE(got.report.torn_bytes == record_bytes - cut);
    REQUIRE(got.report.damages.empty());
  }
}

TEST_CASE("witness segment: a tail of zeros, as a crash may leave, is torn") {
  const auto got = read(three_records() + std::string(4096, '\0'));
  CHECK(got.records.size() == 3);
  CHECK(got.report.torn_bytes == 4096);
}

TEST_CASE("witness segment: any flipped bit in the middle is named with its place, and reading goes on behind it") {
  const std::string whole = three_records();
  const std::size_t second = segment_magic.size() + record_bytes;
  for (std::size_t bit = 0; bit < record_bytes * 8; ++bit) {
    INFO(bit);
    std::string bytes = whole;
    char& byte = bytes[second + bit / 8];
    byte = static_cast<char>(byte ^ (1 << (bit % 8)));
    const auto got = read(bytes);
    REQUIRE(got.records.size() == 2);
    REQUIRE(got.records[1].partition == 3);
    REQUIRE(got.report.damages.size() == 1);
    REQUIRE(got.report.damages[0].offset == second);
    REQUIRE(got.report.damages[0].bytes == record_bytes);
  }
}

TEST_CASE("witness segment: a file that is not ours is refused") {
  const auto report = read_segment_bytes("ACQWIT2\nsomething", [](const Record&) { FAIL("nothing to read"); });
  REQUIRE(report.has_error());
  CHECK(report.error().code == acq::Errc::undecodable);
}
