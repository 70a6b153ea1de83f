// The gateway's configuration: the table of its keys, and the values as the rest of the program wants them.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "common/crypto/secret.hpp"
#include "common/http/tls.hpp"
#include "common/mariadb/connection.hpp"
#include "common/runtime/config.hpp"
#include "gateway/admission_rules.hpp"

namespace acq::gateway {

struct Settings {
  std::string listen_address;
  std::uint16_t port = 0;
  std::uint16_t admin_port = 0;
  std::size_t cores = 0;
  std::string instance;
  std::uint32_t drain_delay_ms = 0;
  http::TlsFiles tls;  ///< both empty: plain HTTP
  std::string brokers;
  std::string topic;
  std::string topics_file;
  std::uint32_t log_check_every_ms = 0;
  std::string log_disk_path;
  mariadb::ConnectOptions database;
  std::size_t readers = 0;
  std::string redis_socket;
  std::string witness_directory;
  std::uint32_t balance_every_ms = 0;
  std::string master_key_file;
  AdmissionRules admission;
  bool callback_http_allowed = false;
  crypto::Secret channel_secret;  ///< the channel signs its notifications with it; empty: they are refused
  std::string log_level;
};

std::span<const runtime::ConfigKey> config_keys();

/// Throws StartError (2) where values do not fit together.
Settings settings_from(const runtime::Config& config);

}  // namespace acq::gateway
