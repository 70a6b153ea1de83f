#include "settlement/operations/doctor.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "common/crypto/bytes.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/domain/ids.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/config.hpp"
#include "settlement/operations/times.hpp"
#include "settlement/writer/cursor.hpp"

namespace acq::settlement::operations {
namespace {

using mariadb::integer;
using mariadb::text;

constexpr std::uint32_t broker_timeout_ms = 5'000;
/// P15: beyond this a process stops admitting and starts no channel call.
constexpr std::int64_t clock_ms_max = 2'000;

void check_database(std::vector<Check>& checks, mariadb::Connection& connection) {
  auto version = connection.query("SELECT VERSION(), @@GLOBAL.read_only");
  if (!version) {
    checks.push_back({"mariadb", Health::fail, version.error().detail,
                      "start it, or correct mariadb.socket, mariadb.user and mariadb.password_file"});
    return;
  }
  checks.push_back({"mariadb", Health::ok, "MariaDB " + text(version->front()[0]), ""});
  if (integer(version->front()[1]) != 0) {
    checks.push_back({"mariadb.read_only", Health::fail, "the server takes no writes: settlement waits",
                      "SET GLOBAL read_only = OFF, or point mariadb.* at the primary"});
  }
  auto unsafe = mariadb::unsafe_settings(connection);
  if (!unsafe) {
    checks.push_back({"mariadb.settings", Health::fail, unsafe.error().detail, "see the log of acq-settlement"});
  } else if (unsafe->empty()) {
    checks.push_back({"mariadb.settings", Health::ok, "durable and strict", ""});
  } else {
    for (const auto& sentence : *unsafe) {
      checks.push_back(
          {"mariadb.settings", Health::fail, sentence, "set it in the server's configuration; restart it"});
    }
  }
  const auto host_ms = runtime::unix_ms();
  if (auto now = database_now_ms(connection); now) checks.push_back(judge_clock(host_ms, *now));
}

void check_key(std::vector<Check>& checks, mariadb::Connection& connection, const crypto::Secret& master) {
  auto row = connection.query("SELECT merchant_id, webhook_secret FROM merchants ORDER BY merchant_id LIMIT 1");
  if (!row) return;  // said by check_database
  if (row->empty()) {
    checks.push_back({"master_key", Health::ok, "read; nothing is sealed under it yet", ""});
    return;
  }
  const auto id = MerchantId::from_raw(text(row->front()[0])).value_or(MerchantId{});
  if (crypto::open(master, "webhook:" + id.text(), text(row->front()[1]))) {
    checks.push_back({"master_key", Health::ok, "opens what the database keeps sealed", ""});
  } else {
    checks.push_back({"master_key", Health::fail, "does not open the secret of " + id.text(),
                      "secrets.master_key_file is not the key of this database: restore the right one"});
  }
}

/// Broker, topic and its settings. Returns retention.ms, or nothing when the broker did not say.
std::optional<std::int64_t> check_topic(std::vector<Check>& checks, const LogOptions& options) {
  auto facts = kafka::read_topic_facts(options.brokers, options.topic, broker_timeout_ms);
  if (!facts) {
    checks.push_back({"kafka", Health::fail, facts.error().detail,
                      "start the broker, correct kafka.brokers, or run acq-settlement create-topic"});
    return std::nullopt;
  }
  try {
    const auto found = kafka::differences(kafka::read_topic_spec(options.topics_file, options.topic), *facts);
    for (const auto& sentence : found) {
      checks.push_back({"kafka.topic", Health::fail, sentence, "kafka-configs.sh --alter; gateways stop admitting"});
    }
    if (found.empty()) checks.push_back({"kafka.topic", Health::ok, options.topic + " is as topics.yaml says", ""});
  } catch (const StartError& error) {
    checks.push_back({"kafka.topic", Health::fail, error.what(), "correct kafka.topics_file"});
  }
  const auto retention = facts->settings.find("retention.ms");
  if (retention == facts->settings.end()) return std::nullopt;
  return std::strtoll(retention->second.c_str(), nullptr, 10);
}

std::int64_t count_of(mariadb::Connection& connection, std::string_view sql) {
  auto rows = connection.query(sql);
  return rows && !rows->empty() ? integer(rows->front().front()) : -1;
}

}  // namespace

std::string_view name_of(Health health) noexcept {
  constexpr std::array names{"ok", "WARN", "FAIL"};
  return names[static_cast<std::size_t>(health)];
}

Result<std::vector<PartitionStanding>> partitions_standing(mariadb::Connection& connection, LogDesk& log) {
  if (auto connected = connection.connect(); !connected) return connected.error();
  auto rows = connection.query(
      "SELECT partition_id, next_offset, watermark, owner, lease_until_ms - CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS "
      "SIGNED), COALESCE(stopped_by, 0), topic_id FROM partition_cursors ORDER BY partition_id LIMIT 1024");
  if (!rows) return rows.error();
  std::vector<PartitionStanding> all;
  bool answers = true;
  for (const auto& row : *rows) {
    auto& one = all.emplace_back();
    one.partition = static_cast<std::int32_t>(integer(row[0]));
    one.next_offset = integer(row[1]);
    one.watermark = integer(row[2]);
    one.owner = text(row[3]);
    one.lease_left_ms = integer(row[4]);
    one.stopped_by = integer(row[5]);
    one.topic_id = crypto::hex_encode(text(row[6]));
    if (!answers) continue;  // one time-out is enough
    if (const auto bounds = log.bounds(one.partition); bounds) {
      one.log_first = bounds->first;
      one.log_end = bounds->end;
    } else {
      answers = false;
    }
  }
  return all;
}

Check judge_partition(const PartitionStanding& one) {
  const auto name = "partition " + std::to_string(one.partition);
  const std::string where = "next offset " + std::to_string(one.next_offset);
  if (one.stopped_by != 0) {
    const auto incident = std::to_string(one.stopped_by);
    return {name, Health::fail, "stopped by incident " + incident + " at " + where,
            "acq incident show " + incident + ", then acq incident resolve " + incident};
  }
  if (one.lease_left_ms <= 0) {
    return {name, Health::fail, "nobody works on it since " + age_text(-one.lease_left_ms) + ", " + where,
            "start acq-settlement, or look why it lost the partition (its log: partition_lost, partition_waits)"};
  }
  if (one.log_end < 0) return {name, Health::warn, where + "; the broker does not tell its end", "see kafka"};
  if (one.log_first > one.next_offset) {
    return {name, Health::fail, std::to_string(one.log_first - one.next_offset) + " records were deleted unread",
            "an incident comes within the minute: acq account-for, acq replay --from-witness"};
  }
  const auto lag = one.log_end - one.next_offset;
  constexpr std::int64_t lag_warned = 10'000;
  const auto detail =
      "owned by " + one.owner + ", " + std::to_string(lag) + " unread of " + std::to_string(one.log_end);
  if (lag < 0) return {name, Health::fail, where + " is beyond the log's end", "an incident comes within the minute"};
  if (lag > lag_warned) {
    return {name, Health::warn, detail, "settlement is behind: is the database or the channel slow?"};
  }
  return {name, Health::ok, detail, ""};
}

Check judge_headroom(std::int32_t partition, std::int64_t oldest_unread_ms, std::int64_t retention_ms,
                     std::int64_t now_ms) {
  const auto name = "headroom " + std::to_string(partition);
  if (oldest_unread_ms == 0 || retention_ms < 0) return {name, Health::ok, "nothing unread can be deleted", ""};
  const auto left = retention_ms - (now_ms - oldest_unread_ms);
  const auto detail = left > 0 ? "the oldest unread record is kept for " + age_text(left) + " more"
                               : "the oldest unread record may be deleted at any moment";
  const std::string fix = "raise the topic's retention.ms, or get settlement going";
  if (left < retention_ms / 3) return {name, Health::fail, detail, fix};
  if (left < retention_ms / 2) return {name, Health::warn, detail, fix};
  return {name, Health::ok, detail, ""};
}

Check judge_clock(std::int64_t host_ms, std::int64_t database_ms) {
  const auto apart = std::abs(host_ms - database_ms);
  const auto detail = "host and database are " + std::to_string(apart) + " ms apart";
  const std::string fix = "let one time service (chrony) set both: beyond 2 s times of acceptance and expiry cannot be trusted";
  if (apart > clock_ms_max) return {"clock", Health::fail, detail, fix};
  if (apart > clock_ms_max / 4) return {"clock", Health::warn, detail, fix};
  return {"clock", Health::ok, detail, ""};
}

Check judge_count(std::string name, std::int64_t count, std::string what, std::string fix) {
  if (count == 0) return {std::move(name), Health::ok, "no " + what, ""};
  if (count < 0) return {std::move(name), Health::warn, "could not be counted", "see mariadb"};
  return {std::move(name), Health::warn, std::to_string(count) + " " + what, std::move(fix)};
}

std::vector<Check> examine(mariadb::Connection& connection, LogDesk& log, const crypto::Secret& master) {
  std::vector<Check> checks;
  checks.push_back({"acq-settlement", Health::ok, runtime::version_line("acq-settlement"), ""});
  const bool database = connection.connect().has_value();
  check_database(checks, connection);
  if (database) check_key(checks, connection, master);
  const auto retention = check_topic(checks, log.options());
  if (!database) return checks;

  auto standing = partitions_standing(connection, log);
  if (standing && standing->empty()) {
    checks.push_back({"partitions", Health::fail, "no worker has ever taken one", "start acq-settlement"});
  }
  if (standing) {
    for (const auto& one : *standing) {
      checks.push_back(judge_partition(one));
      if (!retention || one.log_end < 0) continue;
      const auto unread = std::max(one.next_offset, one.log_first);
      std::int64_t oldest = 0;
      if (unread < one.log_end) {
        if (const auto records = log.read(one.partition, unread, unread + 1, 1)) oldest = records->front().append_ms();
      }
      checks.push_back(judge_headroom(one.partition, oldest, *retention, runtime::unix_ms()));
    }
  }
  checks.push_back(judge_count("incidents",
                               count_of(connection, "SELECT COUNT(*) FROM incidents WHERE resolved_at_ms IS NULL"),
                               "open incidents", "acq incident list"));
  checks.push_back(judge_count("dead letters",
                               count_of(connection, "SELECT COUNT(*) FROM dead_letters WHERE replays = 0"),
                               "dead letters not replayed", "acq dead-letter list"));
  return checks;
}

}  // namespace acq::settlement::operations
