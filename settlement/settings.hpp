// acq-settlement's configuration: the key table, and the values as the app needs them.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "common/mariadb/connection.hpp"
#include "common/runtime/config.hpp"

namespace acq::settlement {

struct Settings {
  std::string worker;
  std::uint16_t admin_port = 0;
  std::string operator_address;
  std::uint16_t operator_port = 0;
  std::string brokers;
  std::string topic;
  std::string group;
  std::string topics_file;
  mariadb::ConnectOptions database;
  std::string schemas;
  std::string redis_socket;
  std::string master_key_file;
  std::string channel_url;
  std::int64_t channel_late_arrival_ms = 0;
  bool callback_http_allowed = false;
  std::string log_level;
};

std::span<const runtime::ConfigKey> config_keys();
/// Reads the secrets' files too. Throws StartError (2).
Settings settings_from(const runtime::Config& config);

}  // namespace acq::settlement
