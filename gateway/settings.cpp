#include "gateway/settings.hpp"

#include <algorithm>
#include <array>

#include "common/http/webhook_signature.hpp"
#include "common/limits.hpp"

namespace acq::gateway {
namespace {

using runtime::ConfigKey;
using enum runtime::ConfigType;

constexpr std::array keys{
    ConfigKey{"gateway.listen_address", text, "127.0.0.1", false, "address of the merchant API", 0, INT64_MAX},
    ConfigKey{"gateway.port", integer, "18080", false, "port of the merchant API", 1, 65535},
    ConfigKey{"gateway.admin_port", integer, "18081", false,
              "port of /livez, /readyz, /metrics and /witness, on 127.0.0.1", 1, 65535},
    ConfigKey{"gateway.cores", integer, "2", false, "threads, each with a listening socket of its own", 1,
              limits::cores_max},
    ConfigKey{"gateway.instance", text, "gateway-1", false,
              "name of this gateway among others: letters, digits, '-' and '_'; names its witness files", 0, INT64_MAX},
    ConfigKey{
        "gateway.drain_delay_ms", integer, "2000", false,
        "milliseconds between /readyz turning off and the port closing, so that balancers notice; meanwhile every "
        "answer says Connection: close",
        0, 60'000},
    ConfigKey{"tls.certificate_file", text, "", false,
              "PEM, our certificate first; empty like tls.key_file: plain HTTP, for a TLS balancer in front", 0,
              INT64_MAX},
    ConfigKey{"tls.key_file", text, "", false,
              "PEM key of that certificate, without a passphrase; both files are read again when they change and on "
              "SIGHUP",
              0, INT64_MAX},
    ConfigKey{"admission.in_flight_max", integer, "10000", false,
              "requests in flight, split by cores; beyond: 503 overloaded. As many as are done in about a second", 10,
              limits::in_flight_per_gateway_max},
    ConfigKey{"admission.reserved_percent", integer, "10", false,
              "part of in_flight_max that queries, refunds and closes, and channel notifications keep each; creates "
              "keep three times that, the rest is anybody's",
              1, 15},
    ConfigKey{"admission.merchant_rate_per_second", integer, "1000", false,
              "of a merchant without a rate of its own: creates, queries and changes, each; beyond: 429 rate_limited. "
              "Unused rate is kept for one second",
              1, 1'000'000},
    ConfigKey{"admission.merchant_in_flight_max", integer, "2500", false,
              "of a merchant without a bound of its own: creates, queries and changes, each; beyond: 429 "
              "too_many_in_flight",
              1, limits::in_flight_per_gateway_max},
    ConfigKey{"admission.refusals_per_second_max", integer, "40000", false,
              "beyond, a core stops reading until half of a tenth of a second's allowance is back; 0: never", 0,
              100'000'000},
    ConfigKey{"kafka.brokers", text, "", true, "host:port list of the log's brokers", 0, INT64_MAX},
    ConfigKey{"kafka.topic", text, "acq.intents", false, "the log", 0, INT64_MAX},
    ConfigKey{"kafka.topics_file", text, "schemas/topics.yaml", false, "what the topic's settings must be", 0,
              INT64_MAX},
    ConfigKey{"kafka.check_every_s", integer, "10", false,
              "seconds between looks at the topic's settings and the retention headroom; longer only in tests", 1,
              3600},
    ConfigKey{"kafka.log_disk_path", text, "", false,
              "where the broker's log disk is mounted here, if it is: over 80 % full nothing is admitted", 0,
              INT64_MAX},
    ConfigKey{"mariadb.socket", text, "", false, "unix socket; empty: host and port", 0, INT64_MAX},
    ConfigKey{"mariadb.host", text, "127.0.0.1", false, "used when there is no socket", 0, INT64_MAX},
    ConfigKey{"mariadb.port", integer, "3306", false, "used when there is no socket", 1, 65535},
    ConfigKey{"mariadb.database", text, "acq", false, "database name", 0, INT64_MAX},
    ConfigKey{"mariadb.user", text, "acq_gateway", false, "an account that reads only", 0, INT64_MAX},
    ConfigKey{"mariadb.password_file", text, "", false, "file with the password; empty: none", 0, INT64_MAX},
    ConfigKey{"mariadb.readers", integer, "4", false, "connections for reads", 1, 256},
    ConfigKey{"redis.socket", text, "", true, "unix socket of Redis", 0, INT64_MAX},
    ConfigKey{"witness.directory", text, "", true, "where witness files are kept; a disk of the gateway's own", 0,
              INT64_MAX},
    ConfigKey{"witness.balance_every_s", integer, "60", false,
              "seconds between balances of the witness with the stored payments; other than 60 only in tests", 1, 3600},
    ConfigKey{"secrets.master_key_file", text, "", true, "64 hex digits, mode 600", 0, INT64_MAX},
    ConfigKey{"callbacks.http_allowed", flag, "false", false,
              "development only: http:// and loopback addresses in callback_url", 0, INT64_MAX},
    ConfigKey{"channel.notification_secret_file", text, "", false,
              "file with the whsec_ secret that the channel signs its notifications with; empty: they are refused", 0,
              INT64_MAX},
    ConfigKey{"log.level", text, "info", false, "debug, info, warning or error", 0, INT64_MAX},
};

bool is_plain_name(std::string_view name) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

std::span<const ConfigKey> config_keys() {
  return keys;
}

Settings settings_from(const runtime::Config& config) {
  Settings settings;
  settings.listen_address = config.text("gateway.listen_address");
  settings.port = static_cast<std::uint16_t>(config.integer("gateway.port"));
  settings.admin_port = static_cast<std::uint16_t>(config.integer("gateway.admin_port"));
  settings.cores = static_cast<std::size_t>(config.integer("gateway.cores"));
  settings.instance = config.text("gateway.instance");
  if (!is_plain_name(settings.instance)) {
    throw StartError(2, "gateway.instance names files: use up to 64 letters, digits, '-' and '_'.");
  }
  settings.drain_delay_ms = static_cast<std::uint32_t>(config.integer("gateway.drain_delay_ms"));
  settings.tls = {config.text("tls.certificate_file"), config.text("tls.key_file")};
  if (settings.tls.certificate_file.empty() != settings.tls.key_file.empty()) {
    throw StartError(2, "tls.certificate_file and tls.key_file go together: set both, or neither for plain HTTP.");
  }
  settings.admission.in_flight_max = static_cast<std::size_t>(config.integer("admission.in_flight_max"));
  settings.admission.reserved_percent = static_cast<std::size_t>(config.integer("admission.reserved_percent"));
  settings.admission.merchant_rate_per_second =
      static_cast<std::int32_t>(config.integer("admission.merchant_rate_per_second"));
  settings.admission.merchant_in_flight_max =
      static_cast<std::int32_t>(config.integer("admission.merchant_in_flight_max"));
  settings.admission.refusals_per_second_max = config.integer("admission.refusals_per_second_max");
  if (settings.admission.in_flight_max < 10 * settings.cores) {
    throw StartError(2, "admission.in_flight_max is split by gateway.cores: give each core at least 10.");
  }
  settings.brokers = config.text("kafka.brokers");
  settings.topic = config.text("kafka.topic");
  settings.topics_file = config.text("kafka.topics_file");
  settings.log_check_every_ms = static_cast<std::uint32_t>(config.integer("kafka.check_every_s") * 1000);
  settings.log_disk_path = config.text("kafka.log_disk_path");
  settings.database.socket = config.text("mariadb.socket");
  settings.database.host = config.text("mariadb.host");
  settings.database.port = static_cast<std::uint16_t>(config.integer("mariadb.port"));
  settings.database.database = config.text("mariadb.database");
  settings.database.user = config.text("mariadb.user");
  if (const auto& file = config.text("mariadb.password_file"); !file.empty()) {
    settings.database.password = runtime::read_secret_file(file, "the MariaDB password (mariadb.password_file)");
  }
  settings.readers = static_cast<std::size_t>(config.integer("mariadb.readers"));
  settings.redis_socket = config.text("redis.socket");
  settings.witness_directory = config.text("witness.directory");
  settings.balance_every_ms = static_cast<std::uint32_t>(config.integer("witness.balance_every_s") * 1000);
  settings.master_key_file = config.text("secrets.master_key_file");
  settings.callback_http_allowed = config.flag("callbacks.http_allowed");
  if (const auto& file = config.text("channel.notification_secret_file"); !file.empty()) {
    const auto secret =
        http::parse_webhook_secret(runtime::read_secret_file(file, "the channel's notification secret"));
    if (!secret) {
      throw StartError(2,
                       "channel.notification_secret_file: " + secret.error().detail + ": put one into " + file + ".");
    }
    settings.channel_secret = *secret;
  }
  settings.log_level = config.text("log.level");
  return settings;
}

}  // namespace acq::gateway
