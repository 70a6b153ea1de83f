#include "settlement/settings.hpp"

#include <array>

namespace acq::settlement {
namespace {

using runtime::ConfigKey;
using enum runtime::ConfigType;

constexpr std::array keys{
    ConfigKey{"settlement.worker", text, "settlement-1", false, "name of this worker in the cursor rows", 0, INT64_MAX},
    ConfigKey{"settlement.admin_port", integer, "18082", false, "port of /livez, /readyz and /metrics, on 127.0.0.1", 1,
              65535},
    ConfigKey{"settlement.operator_address", text, "127.0.0.1", false, "address of the operator port", 0, INT64_MAX},
    ConfigKey{"settlement.operator_port", integer, "18083", false, "port of the operator API that `acq` speaks to", 1,
              65535},
    ConfigKey{"kafka.brokers", text, "", true, "host:port list of the log's brokers", 0, INT64_MAX},
    ConfigKey{"kafka.topic", text, "acq.intents", false, "the log", 0, INT64_MAX},
    ConfigKey{"kafka.group", text, "acq-settlement", false, "workers of one group share the partitions", 0, INT64_MAX},
    ConfigKey{"kafka.topics_file", text, "schemas/topics.yaml", false, "what the topic's settings must be", 0,
              INT64_MAX},
    ConfigKey{"mariadb.socket", text, "", false, "unix socket; empty: host and port", 0, INT64_MAX},
    ConfigKey{"mariadb.host", text, "127.0.0.1", false, "used when there is no socket", 0, INT64_MAX},
    ConfigKey{"mariadb.port", integer, "3306", false, "used when there is no socket", 1, 65535},
    ConfigKey{"mariadb.database", text, "acq", false, "database name", 0, INT64_MAX},
    ConfigKey{"mariadb.user", text, "acq_settlement", false, "an account without DDL (migrate needs one with it)", 0,
              INT64_MAX},
    ConfigKey{"mariadb.password_file", text, "", false, "file with the password; empty: none", 0, INT64_MAX},
    ConfigKey{"mariadb.schemas", text, "schemas/db", false, "folder of the schema files that `migrate` applies", 0,
              INT64_MAX},
    ConfigKey{"redis.socket", text, "", true, "unix socket of Redis", 0, INT64_MAX},
    ConfigKey{"secrets.master_key_file", text, "", true, "64 hex digits, mode 600", 0, INT64_MAX},
    ConfigKey{"channel.url", text, "", true, "base URL of the channel (docs/channel.md)", 0, INT64_MAX},
    ConfigKey{"channel.late_arrival_ms", integer, "2000", false,
              "ms after a send in which \"never heard of it\" is no answer yet", 0, 3'600'000},
    ConfigKey{"callbacks.http_allowed", flag, "false", false,
              "development only: callbacks to http:// and loopback addresses", 0, INT64_MAX},
    ConfigKey{"log.level", text, "info", false, "debug, info, warning or error", 0, INT64_MAX},
};

}  // namespace

std::span<const ConfigKey> config_keys() {
  return keys;
}

Settings settings_from(const runtime::Config& config) {
  Settings settings;
  settings.worker = config.text("settlement.worker");
  settings.admin_port = static_cast<std::uint16_t>(config.integer("settlement.admin_port"));
  settings.operator_address = config.text("settlement.operator_address");
  settings.operator_port = static_cast<std::uint16_t>(config.integer("settlement.operator_port"));
  settings.brokers = config.text("kafka.brokers");
  settings.topic = config.text("kafka.topic");
  settings.group = config.text("kafka.group");
  settings.topics_file = config.text("kafka.topics_file");
  settings.database.socket = config.text("mariadb.socket");
  settings.database.host = config.text("mariadb.host");
  settings.database.port = static_cast<std::uint16_t>(config.integer("mariadb.port"));
  settings.database.database = config.text("mariadb.database");
  settings.database.user = config.text("mariadb.user");
  if (const auto& file = config.text("mariadb.password_file"); !file.empty()) {
    settings.database.password = runtime::read_secret_file(file, "the MariaDB password (mariadb.password_file)");
  }
  settings.schemas = config.text("mariadb.schemas");
  settings.redis_socket = config.text("redis.socket");
  settings.master_key_file = config.text("secrets.master_key_file");
  settings.channel_url = config.text("channel.url");
  settings.channel_late_arrival_ms = config.integer("channel.late_arrival_ms");
  settings.callback_http_allowed = config.flag("callbacks.http_allowed");
  settings.log_level = config.text("log.level");
  return settings;
}

}  // namespace acq::settlement
