// The incident that this system was born from, made again on purpose: the broker's retention is set too low, unread
// intents run out of it and are deleted. The gateway stops admitting first, and what is lost is named (P5, P30).
#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <limits>
#include <sstream>

#include "common/domain/ids.hpp"
#include "common/journal/reader.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/await.hpp"
#include "tests/support/files.hpp"
#include "tests/support/system.hpp"

using namespace acq;
using namespace acq::test;

namespace {

constexpr auto retention_wanted = "1209600000";

/// The value of a series as /metrics shows it, with its labels; NaN when it is not there.
double metric(System& system, const std::string& series) {
  std::istringstream lines(ask("GET", system.admin_url("gateway-1") + "/metrics").body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(series + " ")) return std::strtod(line.c_str() + series.size(), nullptr);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

Answer try_create(System& system, const std::string& number) {
  return system.merchant().create({.number = number, .callback_url = system.callback_url()});
}

std::string number_in(const System& system, std::int32_t partition, const std::string& prefix, int& counter) {
  for (;;) {
    const auto number = prefix + std::to_string(counter++);
    if (partition_of(route_hash(system.merchant().id(), number), Topic::partitions) == partition) return number;
  }
}

void await_refused_short(System& system, const std::string& prefix, std::int64_t within_ms) {
  int tries = 0;
  Answer answer;
  await(prefix + ": creates answer 503 retention_short", within_ms, [&] {
    answer = try_create(system, prefix + std::to_string(tries++));
    return answer.status == 503;
  });
  INFO(answer.body);
  CHECK(answer.text("code") == "retention_short");
  CHECK(answer.text("money") == "not_looked_up");
  CHECK(answer.header("Retry-After") == "30");
}

void await_admitted(System& system, const std::string& prefix, std::int64_t within_ms) {
  int tries = 0;
  await(prefix + ": creates are accepted again", within_ms,
        [&] { return try_create(system, prefix + std::to_string(tries++)).status == 202; });
}

bool dependency_fine(System& system, const std::string& name) {
  const auto answer = ask("GET", system.admin_url("gateway-1") + "/readyz");
  return answer.body.find("{\"name\":\"" + name + "\",\"ok\":true") != std::string::npos;
}

/// Lines of the gateway's log that say `event`.
std::vector<std::string> logged(const System& system, const std::string& event) {
  std::vector<std::string> found;
  std::istringstream lines(read_file(system.log_of("gateway-1")));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"event\":\"" + event + "\"") != std::string::npos) found.push_back(line);
  }
  return found;
}

std::ptrdiff_t times_named(const System& system, const std::string& payment_id) {
  const auto lines = logged(system, "intent_unaccounted");
  return std::count_if(lines.begin(), lines.end(),
                       [&](const auto& line) { return line.find("\"" + payment_id + "\"") != std::string::npos; });
}

}  // namespace

TEST_CASE("Retention changed behind our back closes admission within 15 s, and mended opens it (P30)") {
  System system;
  create(system, "before");
  CHECK(metric(system, "acq_topic_as_wanted") == 1);
  system.topic().change_setting("retention.ms", "60000");
  await_refused_short(system, "changed-", 15'000);
  CHECK(metric(system, "acq_topic_as_wanted") == 0);
  CHECK_FALSE(dependency_fine(system, "topic_settings"));
  CHECK(ask("GET", system.admin_url("gateway-1") + "/readyz").status == 503);
  const auto read = system.merchant().by_number("before");
  CHECK(read.status == 200);  // reading goes on

  system.topic().change_setting("retention.ms", retention_wanted);
  await_admitted(system, "mended-", 15'000);
  CHECK(metric(system, "acq_topic_as_wanted") == 1);
  CHECK(metric(system, "acq_topic_checked_age_seconds") < 15);
  system.await_settled(at_last_ms);
  system.check_books();
}

TEST_CASE("Headroom: unread intents that grow old close admission before the broker may delete them (P30)") {
  System system({.log_check_every_s = 1});
  // A retention of 30 s that everybody wants: the settings are as they should be, only the writer is missing.
  auto yaml = read_file(system.topic().topics_file());
  yaml.replace(yaml.find(retention_wanted), std::string(retention_wanted).size(), "30000");
  write_file(system.topic().topics_file(), yaml);
  system.topic().change_setting("retention.ms", "30000");
  system.stop("gateway-1");
  system.start("gateway-1");
  CHECK(metric(system, "acq_log_headroom_seconds{partition=\"0\"}") == 30);

  system.stop("settlement-1");
  int counter = 0;
  const auto waits = create(system, number_in(system, 0, "waits-", counter));
  CHECK(dependency_fine(system, "log_headroom"));
  await_refused_short(system, "late-", 28'000);
  CHECK_FALSE(dependency_fine(system, "log_headroom"));
  CHECK(dependency_fine(system, "topic_settings"));
  CHECK(metric(system, "acq_log_headroom_seconds{partition=\"0\"}") < 10);
  CHECK(metric(system, "acq_log_unread_age_seconds{partition=\"0\"}") > 20);
  CHECK(metric(system, "acq_log_deleted_unread_records{partition=\"0\"}") == 0);

  system.start("settlement-1");
  await_admitted(system, "read-", soon_ms);
  system.await_state(waits, "succeeded", at_last_ms);
}

TEST_CASE("What was deleted unread is named from the witness within a minute, each once (P5, P30)") {
  System system({.log_check_every_s = 1});
  int counter = 0;
  const auto stored = create(system, number_in(system, 0, "stored-", counter));
  system.await_state(stored, "succeeded", soon_ms);
  system.await_settled(soon_ms);
  system.stop("settlement-1");
  const auto begins = system.topic().ends()[0];
  std::vector<std::string> lost;
  std::vector<std::string> kept;
  for (int i = 0; i < 5; ++i) lost.push_back(create(system, number_in(system, 0, "lost-", counter)));
  const auto deleted_to = system.topic().ends()[0];
  for (int i = 0; i < 2; ++i) kept.push_back(create(system, number_in(system, 0, "kept-", counter)));
  for (int i = 0; i < 3; ++i) kept.push_back(create(system, number_in(system, 1, "other-", counter)));
  system.topic().delete_before(0, deleted_to);
  const auto deleted_at_ms = runtime::steady_ms();

  await_refused_short(system, "closed-", soon_ms);
  CHECK(metric(system, "acq_log_deleted_unread_records{partition=\"0\"}") == 5);
  CHECK(metric(system, "acq_log_deleted_unread_records{partition=\"1\"}") == 0);
  const auto alarms = logged(system, "log_deleted_unread");
  REQUIRE(alarms.size() == 1);
  CHECK(alarms[0].find("\"from_offset\":" + std::to_string(begins) + ",\"to_offset\":" + std::to_string(deleted_to)) !=
        std::string::npos);

  await("every lost payment is named", at_last_ms, [&] {
    return std::all_of(lost.begin(), lost.end(), [&](const auto& id) { return times_named(system, id) > 0; });
  });
  CHECK(runtime::steady_ms() - deleted_at_ms < 60'000);
  await_equal("the gauge", soon_ms, 5.0, [&] { return metric(system, "acq_witness_unaccounted"); });

  // The other partition is applied; the two behind the gap wait on the log. Nothing else is ever named, nothing twice.
  system.start("settlement-1");
  for (std::size_t i = 2; i < kept.size(); ++i) system.await_state(kept[i], "succeeded", at_last_ms);
  // A row under its own id is what accounts for an intent, whichever way it came.
  const auto mended = PaymentId::parse(lost[0]);
  REQUIRE(mended.has_value());
  system.database().execute(
      "INSERT INTO intent_verdicts (intent_id, kind, payment_id, partition_id, log_offset, verdict, code, "
      "recorded_at_ms) VALUES "
      "(?, 'attempt', ?, 0, 0, 'refused', 'expired', 0)",
      {std::string(mended->raw()), std::string(mended->raw())});
  await_equal("the gauge after one was mended", at_last_ms, 4.0,
              [&] { return metric(system, "acq_witness_unaccounted"); });
  for (const auto& id : lost) CHECK(times_named(system, id) == 1);
  for (const auto& id : kept) CHECK(times_named(system, id) == 0);
  CHECK(times_named(system, stored) == 0);
}

TEST_CASE("A witness whose ids are all stored is balanced, and is served byte for byte (P5)") {
  System system({.balance_every_s = 2});
  for (int i = 0; i < 20; ++i) create(system, "stored-" + std::to_string(i));
  system.await_settled(at_last_ms);
  system.stop("gateway-1");  // closes its segment
  system.start("gateway-1");
  const auto admin = system.admin_url("gateway-1");
  const auto directory = system.folder() / "witness-gateway-1";
  await("the first run's segment is balanced", at_last_ms,
        [&] { return ask("GET", admin + "/witness/segments").body.find("\"balanced\":true") != std::string::npos; });
  CHECK(metric(system, "acq_witness_unbalanced_segments") == 0);
  CHECK(metric(system, "acq_witness_unaccounted") == 0);
  CHECK(metric(system, "acq_witness_last_balance_age_seconds") < 10);

  const auto list = ask("GET", admin + "/witness/segments");
  CHECK(list.text("instance") == "gateway-1");
  const auto* segments = list.json.find("segments");
  REQUIRE(segments != nullptr);
  REQUIRE(segments->array()->size() == 2);
  const std::string name(segments->array()->front().string_or("name"));
  const auto file = read_file(directory + "/" + name);
  CHECK(segments->array()->front().integer_or("bytes", -1) == static_cast<std::int64_t>(file.size()));
  std::string served;
  for (;;) {
    const auto piece =
        ask("GET", admin + "/witness/segments/" + name + "?offset=" + std::to_string(served.size()) + "&bytes=1000");
    REQUIRE(piece.status == 200);
    REQUIRE(piece.header("Content-Type") == (piece.body.empty() ? "" : "application/octet-stream"));
    REQUIRE(piece.body.size() <= 1000);
    if (piece.body.empty()) break;
    served += piece.body;
  }
  CHECK(served == file);
  std::size_t offered = 0;
  const auto report = journal::read_segment_bytes(served, [&](const journal::Record& record) {
    offered += std::size_t{record.type == journal::RecordType::offered};
  });
  REQUIRE(report.has_value());
  CHECK(offered == 20);

  CHECK(ask("GET", admin + "/witness/segments/nothing.witness").status == 404);
  CHECK(ask("GET", admin + "/witness/segments/..%2Fgateway-1.toml").status == 400);
  CHECK(ask("GET", admin + "/witness/segments/a/b.witness").status == 400);
  CHECK(ask("GET", admin + "/witness/segments/" + name + "?offset=-1").status == 400);
  CHECK(ask("POST", admin + "/witness/segments", "{}").status == 405);
}

TEST_CASE("A witness that cannot be written stops admission, and room opens it again (P5)") {
  System system;
  create(system, "before");
  rlimit before{};
  REQUIRE(::prlimit(system.pid("gateway-1"), RLIMIT_FSIZE, nullptr, &before) == 0);
  const rlimit nothing{0, before.rlim_max};
  REQUIRE(::prlimit(system.pid("gateway-1"), RLIMIT_FSIZE, &nothing, nullptr) == 0);

  const auto first = try_create(system, "unwitnessed");
  INFO(first.body);
  CHECK(first.status == 503);
  CHECK(first.text("code") == "outcome_unknown");
  CHECK(first.text("payment_id").starts_with("pay_"));
  for (int i = 0; i < 5; ++i) {
    const auto refused = try_create(system, "closed-" + std::to_string(i));
    INFO(refused.body);
    CHECK(refused.status == 503);
    CHECK(refused.text("code") == "log_unavailable");
  }
  CHECK_FALSE(dependency_fine(system, "witness"));

  REQUIRE(::prlimit(system.pid("gateway-1"), RLIMIT_FSIZE, &before, nullptr) == 0);
  await_admitted(system, "room-", soon_ms);
  await("the witness is fine", soon_ms, [&] { return dependency_fine(system, "witness"); });
  system.await_settled(at_last_ms);
  system.check_books();
}

TEST_CASE("When nothing is left on the log, whatever has no row is named (P5, P30)") {
  System system({.log_check_every_s = 1});
  int counter = 0;
  system.stop("settlement-1");
  const auto lost = create(system, number_in(system, 0, "lost-", counter));
  system.topic().delete_before(0, system.topic().ends()[0]);
  await("it is named", 60'000, [&] { return times_named(system, lost) == 1; });
  CHECK(metric(system, "acq_witness_unaccounted") == 1);
}
