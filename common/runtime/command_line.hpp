// The flags that every daemon shares, as a pure function, so that they can be tested without a process.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace acq::runtime {

enum class DaemonWish : std::uint8_t { run, check_config, help, help_config, version };

struct DaemonCommand {
  DaemonWish wish = DaemonWish::run;
  std::string config_file;
  std::vector<std::string> sets;         ///< "section.key=value"
  std::vector<std::string> positionals;  ///< acts such as "migrate"
};

/// `arguments` without the program's name. StartError (2) names the flag that is wrong.
DaemonCommand parse_daemon_command(const std::vector<std::string>& arguments, std::string_view program);

}  // namespace acq::runtime
