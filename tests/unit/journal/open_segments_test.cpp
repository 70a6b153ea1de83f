// Which ids of a directory of segments are open, when a segment is balanced, and when it may go (P5).
#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "common/journal/open_segments.hpp"
#include "common/journal/reader.hpp"

namespace {
using namespace acq;
using namespace acq::journal;
using enum RecordType;

struct Place {
  Place() {
    char name[] = "/tmp/acq-segments-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Place() { std::filesystem::remove_all(path); }
  void append(const std::string& name, std::string_view bytes) const {
    std::ofstream(path + "/" + name, std::ios::binary | std::ios::app) << bytes;
  }
  void start(const std::string& name) const { append(name, segment_magic); }
  bool has(const std::string& name) const { return std::filesystem::exists(path + "/" + name); }
  std::string path;
};

const std::string first = "gw-1-1700000000000-000001.witness";
const std::string second = "gw-1-1700000000000-000002.witness";

RawId id_of(std::uint8_t number) {
  RawId id{};
  id[15] = number;
  return id;
}
std::string bytes_of(RecordType type, std::uint8_t id, std::int64_t at_ms) {
  std::string bytes;
  encode_record(bytes, {type, at_ms, id_of(id), 0, type == offered ? "{\"n\":" + std::to_string(id) + "}" : ""});
  return bytes;
}
OpenSegments opened(const Place& place, std::string current, std::size_t ids_max = 1'000) {
  return {place.path, [current = std::move(current)] { return current; }, ids_max};
}
}  // namespace

TEST_CASE("segments: one is balanced when it is closed and all its ids are settled") {
  Place place;
  place.start(first);
  place.append(first, bytes_of(offered, 1, 100) + bytes_of(offered, 2, 110));
  std::string current = first;
  OpenSegments segments(place.path, [&] { return current; });
  REQUIRE(segments.read_new().value());
  CHECK(segments.ledger().size() == 2);
  for (const auto& id : {id_of(1), id_of(2)}) segments.settle(id);
  CHECK(segments.mark_balanced() == 0);  // it is being written

  place.append(first, bytes_of(offered, 3, 120));
  place.start(second);
  place.append(second, bytes_of(persisted, 3, 130));
  current = second;
  REQUIRE(segments.read_new().value());
  CHECK(segments.mark_balanced() == 0);
  CHECK(segments.unbalanced() == 1);
  REQUIRE(segments.ledger().find(id_of(3)) != nullptr);
  CHECK(segments.ledger().find(id_of(3))->persisted);  // its end lies in the next segment
  segments.settle(id_of(3));
  CHECK(segments.mark_balanced() == 1);
  CHECK(segments.unbalanced() == 0);
  CHECK(place.has(first + ".balanced"));
  CHECK_FALSE(place.has(second + ".balanced"));

  // Another run reads only what is not balanced.
  auto later = opened(place, "gw-1-1800000000000-000001.witness");
  REQUIRE(later.read_new().value());
  CHECK(later.ledger().size() == 0);
  CHECK(later.mark_balanced() == 1);
}

TEST_CASE("segments: an end without an open offer opens nothing, and an offer after settling opens it again") {
  Place place;
  place.start(first);
  place.append(first, bytes_of(offered, 1, 100));
  auto segments = opened(place, first);
  REQUIRE(segments.read_new().value());
  segments.settle(id_of(1));
  place.append(first, bytes_of(persisted, 1, 110));
  REQUIRE(segments.read_new().value());
  CHECK(segments.ledger().size() == 0);
  place.append(first, bytes_of(offered, 1, 40'000));
  REQUIRE(segments.read_new().value());
  CHECK(segments.ledger().size() == 1);
}

TEST_CASE("segments: a record that is half written is read when it is whole, and is no damage") {
  Place place;
  place.start(first);
  const auto whole = bytes_of(offered, 1, 100);
  place.append(first, whole.substr(0, 20));
  auto segments = opened(place, first);
  REQUIRE(segments.read_new().value());
  CHECK(segments.ledger().size() == 0);
  place.append(first, whole.substr(20));
  REQUIRE(segments.read_new().value());
  CHECK(segments.ledger().size() == 1);
}

TEST_CASE("segments: a torn tail is legal, damage before whole records keeps a segment unbalanced") {
  Place place;
  const std::string current = "gw-1-1800000000000-000001.witness";
  place.start(first);
  place.append(first, bytes_of(offered, 1, 100) + bytes_of(offered, 2, 100).substr(0, 11));
  place.start(second);
  place.append(second, bytes_of(offered, 3, 100).substr(0, 30) + bytes_of(offered, 4, 100));
  auto segments = opened(place, current);
  REQUIRE(segments.read_new().value());
  CHECK(segments.ledger().size() == 2);
  for (const auto& id : {id_of(1), id_of(4)}) segments.settle(id);
  CHECK(segments.mark_balanced() == 1);
  CHECK(place.has(first + ".balanced"));
  CHECK(segments.unbalanced() == 1);
}

TEST_CASE("segments: too many open ids leave the rest for later, and nothing is skipped") {
  Place place;
  const std::string current = "gw-1-1800000000000-000001.witness";
  for (const auto& [name, id] : {std::pair{first, std::uint8_t{1}}, std::pair{second, std::uint8_t{2}}}) {
    place.start(name);
    place.append(name, bytes_of(offered, id, 100));
  }
  auto segments = opened(place, current, 1);
  CHECK_FALSE(segments.read_new().value());
  CHECK(segments.ledger().size() == 1);
  CHECK(segments.mark_balanced() == 0);
  segments.settle(id_of(1));
  CHECK_FALSE(segments.read_new().value());
  CHECK(segments.ledger().find(id_of(2)) != nullptr);
  segments.settle(id_of(2));
  CHECK(segments.read_new().value());
  CHECK(segments.mark_balanced() == 2);
}

TEST_CASE("segments: what an id was can be read again from where it was offered first") {
  Place place;
  place.start(first);
  for (std::uint8_t id = 1; id <= 5; ++id) place.append(first, bytes_of(offered, id, 100));
  auto segments = opened(place, first);
  REQUIRE(segments.read_new().value());
  std::string payloads;
  segments.reread({id_of(2), id_of(5), id_of(9)}, [&](const Record& record) { payloads += record.payload; });
  CHECK(payloads == "{\"n\":2}{\"n\":5}");
}

TEST_CASE("segments: only what is balanced and old is removed") {
  Place place;
  for (const auto& name : {first, second}) place.start(name);
  place.append(second, bytes_of(offered, 1, 100));
  auto segments = opened(place, "gw-1-1800000000000-000001.witness");
  REQUIRE(segments.read_new().value());
  CHECK(segments.mark_balanced() == 1);
  CHECK(segments.remove_balanced(0) == 0);
  CHECK(segments.remove_balanced(INT64_MAX) == 1);
  CHECK_FALSE(place.has(first));
  CHECK_FALSE(place.has(first + ".balanced"));
  CHECK(place.has(second));
}

TEST_CASE("segments: another gateway's segment in the same directory counts as closed only when it is old") {
  Place place;
  const std::string foreign = "gw-2-1700000000000-000001.witness";
  place.start(foreign);
  place.append(foreign, bytes_of(offered, 1, 100));
  auto segments = opened(place, first);
  REQUIRE(segments.read_new().value());
  segments.settle(id_of(1));
  CHECK(segments.mark_balanced() == 0);
  const timespec long_ago[2] = {{1'700'000'000, 0}, {1'700'000'000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, (place.path + "/" + foreign).c_str(), long_ago, 0) == 0);
  REQUIRE(segments.read_new().value());
  CHECK(segments.mark_balanced() == 1);
}

TEST_CASE("segments: no name leads out of the directory, and pieces end with the file") {
  CHECK(is_segment_name(first));
  for (const char* name : {"../x.witness", "a/b.witness", ".witness", "a.witness.balanced", "a..witness", ""}) {
    CHECK_FALSE(is_segment_name(name));
  }
  Place place;
  place.append(first, "0123456789");
  const auto path = place.path + "/" + first;
  CHECK(read_piece(path, 0, 4).value() == "0123");
  CHECK(read_piece(path, 8, 4).value() == "89");
  CHECK(read_piece(path, 10, 4).value().empty());
  CHECK(read_piece(path, SIZE_MAX, 4).value().empty());
  CHECK(read_piece(path + "x", 0, 4).error().code == Errc::not_found);
}
