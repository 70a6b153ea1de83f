// The witness on a real disk: groups, order, rotation, restart, and what a failing file does.
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/journal/journal.hpp"
#include "common/journal/reader.hpp"
#include "common/runtime/clock.hpp"

namespace {
namespace asio = boost::asio;
using namespace acq;
using namespace acq::journal;

struct Directory {
  Directory() {
    char name[] = "/tmp/acq-witness-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string path;
};

Record numbered(std::int32_t number, RecordType type = RecordType::offered, std::size_t payload_bytes = 100) {
  Record record{type, number, {}, number, std::string(payload_bytes, 'x')};
  record.intent_id[15] = static_cast<std::uint8_t>(number);
  return record;
}

asio::awaitable<void> append_one(Journal& journal, Record record, int& synced, int& failed) {
  const auto done = co_await journal.append_synced(std::move(record));
  ++(done ? synced : failed);
}

struct Outcome {
  int synced = 0;
  int failed = 0;
};
Outcome append_all(Journal& journal, std::int32_t count, std::size_t payload_bytes = 100) {
  asio::io_context io(1);
  Outcome outcome;
  for (std::int32_t i = 0; i < count; ++i) {
    asio::co_spawn(io,
                   append_one(journal, numbered(i, RecordType::offered, payload_bytes), outcome.synced, outcome.failed),
                   asio::detached);
  }
  io.run();
  return outcome;
}

std::vector<Record> read_all(const std::string& directory) {
  std::vector<Record> records;
  const auto paths = list_segments(directory);
  REQUIRE(paths.has_value());
  for (const auto& path : *paths) {
    const auto report = read_segment(path, [&](const Record& record) { records.push_back(record); });
    REQUIRE(report.has_value());
    CHECK(report->damages.empty());
  }
  return records;
}

/// While it lives, no file of this process may grow past `bytes`: a write error that needs no full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("witness: what was awaited can be read back, in order, before anything is closed") {
  Directory directory;
  Journal journal({directory.path, "gateway-1"});
  const auto outcome = append_all(journal, 1000);
  CHECK(outcome.synced == 1000);
  const auto records = read_all(directory.path);
  REQUIRE(records.size() == 1000);
  for (std::int32_t i = 0; i < 1000; ++i) REQUIRE(records[static_cast<std::size_t>(i)] == numbered(i));
  CHECK(journal.healthy());
}

TEST_CASE("witness: records of several cores all arrive, and each core is told on its own thread") {
  Directory directory;
  Journal journal({directory.path, "gateway-1"});
  std::vector<std::thread> cores;
  std::vector<Outcome> outcomes(4);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    cores.emplace_back([&, i] { outcomes[i] = append_all(journal, 500); });
  }
  for (auto& core : cores) core.join();
  for (const auto& outcome : outcomes) CHECK(outcome.synced == 500);
  CHECK(read_all(directory.path).size() == 2000);
}

TEST_CASE("witness: records that nobody waits for are written with the next group, or by stop") {
  Directory directory;
  {
    Journal journal({directory.path, "gateway-1"});
    journal.append(numbered(200, RecordType::persisted));
    append_all(journal, 1);
    CHECK(read_all(directory.path).size() == 2);
    journal.append(numbered(201, RecordType::unknown));
  }
  const auto records = read_all(directory.path);
  REQUIRE(records.size() == 3);
  CHECK(records[0] == numbered(200, RecordType::persisted));
  CHECK(records[2] == numbered(201, RecordType::unknown));
}

TEST_CASE("witness: segments rotate by size, and a restart begins a new one") {
  Directory directory;
  for (int run = 0; run < 2; ++run) {
    Journal journal({directory.path, "gateway-1", 4096});
    for (int i = 0; i < 10; ++i) CHECK(append_all(journal, 10, 200).synced == 10);
  }
  CHECK(list_segments(directory.path)->size() >= 10);
  CHECK(read_all(directory.path).size() == 200);
}

TEST_CASE("witness: a segment that holds something is closed at its age") {
  Directory directory;
  Journal journal({directory.path, "gateway-1", 1 << 20, 50});
  const std::string first = journal.current_segment();
  CHECK(append_all(journal, 1).synced == 1);
  const std::int64_t until = runtime::steady_ms() + 10'000;
  while (journal.current_segment() == first && runtime::steady_ms() < until) std::this_thread::yield();
  REQUIRE(journal.current_segment() != first);
  CHECK(append_all(journal, 1).synced == 1);
  CHECK(read_all(directory.path).size() == 2);
}

TEST_CASE("witness: a full disk makes it unhealthy, and room makes it healthy again with nothing lost") {
  Directory directory;
  // A disk of 256 KiB. Only root may make one; others have the file size limit's test below.
  if (::mount("none", directory.path.c_str(), "tmpfs", 0, "size=256k") != 0) {
    WARN("no small disk: " << std::strerror(errno));
    return;
  }
  {
    Journal journal({directory.path, "gateway-1"});
    const std::string ballast = directory.path + "/ballast";
    CHECK(append_all(journal, 3).synced == 3);
    std::ofstream(ballast) << std::string(200 * 1024, 'b');
    const auto outcome = append_all(journal, 20, 4096);
    CHECK(outcome.failed > 0);
    CHECK_FALSE(journal.healthy());
    CHECK(append_all(journal, 1).failed == 1);
    std::filesystem::remove(ballast);
    const std::int64_t until = runtime::steady_ms() + 10'000;
    while (!journal.healthy() && runtime::steady_ms() < until) std::this_thread::yield();
    REQUIRE(journal.healthy());
    std::size_t large = 0;
    for (const auto& record : read_all(directory.path)) large += std::size_t{record.payload.size() == 4096};
    CHECK(large >= 20);
  }
  ::umount(directory.path.c_str());
}

TEST_CASE("witness: after a write error nothing is promised until a new segment holds what was given up") {
  Directory directory;
  Journal journal({directory.path, "gateway-1"});
  CHECK(append_all(journal, 3).synced == 3);
  {
    FileSizeLimit limit(16 * 1024);
    const auto outcome = append_all(journal, 20, 4096);
    CHECK(outcome.failed > 0);
    CHECK_FALSE(journal.healthy());
    CHECK(append_all(journal, 1).failed == 1);
  }
  const std::int64_t until = runtime::steady_ms() + 10'000;
  while (!journal.healthy() && runtime::steady_ms() < until) std::this_thread::yield();
  REQUIRE(journal.healthy());
  CHECK(append_all(journal, 1).synced == 1);

  // Every offer is in some segment, also those whose waiters were told "failed"; none of them is there half.
  std::size_t large = 0;
  for (const auto& record : read_all(directory.path)) large += std::size_t{record.payload.size() == 4096};
  CHECK(large >= 20);
  REQUIRE(list_segments(directory.path)->size() == 2);
}

TEST_CASE("witness: a directory that cannot hold a segment stops the start and names the fix") {
  Directory directory;
  std::filesystem::create_directory(directory.path + "/d");
  { Journal journal({directory.path + "/d/new", "gateway-1"}); }
  CHECK(std::filesystem::exists(directory.path + "/d/new"));
  try {
    Journal journal({"/dev/null/witness", "gateway-1"});
    FAIL("must not start");
  } catch (const StartError& error) {
    CHECK(error.exit_code == 3);
    CHECK(std::string(error.what()).find("witness.directory") != std::string::npos);
  }
}
