// Configuration: one TOML file per program, `ACQ_SECTION__KEY` over the file, flags over the environment.
// An unknown key is an error that names the nearest known one. Secrets only by file.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error/result.hpp"

namespace acq::runtime {

enum class ConfigType : std::uint8_t { text, integer, flag };

/// One known key. `fallback` is its default as text; `required` keys have none.
struct ConfigKey {
  std::string_view name;  ///< "kafka.brokers"
  ConfigType type;
  std::string_view fallback;
  bool required;
  std::string_view reason;  ///< unit and purpose; printed by --help-config and in the .toml.example files
  std::int64_t min = 0;     ///< integers only
  std::int64_t max = INT64_MAX;
};

class Config {
 public:
  /// `file` may be empty (no file). `flags` are "section.key=value". Throws StartError (2) with a sentence.
  static Config load(std::span<const ConfigKey> keys, const std::string& file, const std::vector<std::string>& flags);

  const std::string& text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  bool flag(std::string_view name) const;
  /// Every key with its effective value and where it came from ("default", "file", "environment", "flag").
  std::string describe() const;

 private:
  struct Entry {
    const ConfigKey* key;
    std::string value;
    std::string_view origin;
  };
  const Entry& entry(std::string_view name) const;
  std::map<std::string, Entry, std::less<>> entries_;
};

/// A secret that lives in a file: its content without the final newline. StartError (2) when it cannot be read.
std::string read_secret_file(const std::string& path, std::string_view what);

/// The command line that every daemon shares: --config FILE, --set section.key=value, --check-config, --help,
/// --version, and `help-config`, which prints the .toml.example. Returns the configuration, or exits (0) after printing
/// what was asked for. Throws StartError (2) with a sentence. Words that are no flags are acts: given back in
/// `positionals`, or refused when that is null. `libraries` goes into --version.
Config load_for_daemon(int argc, char** argv, std::string_view program, std::string_view summary,
                       std::span<const ConfigKey> keys, std::vector<std::string>* positionals = nullptr,
                       std::string_view libraries = {});

/// The .toml.example of a program, made from its key table: every key with default, unit and reason.
std::string example_toml(std::string_view program, std::string_view summary, std::span<const ConfigKey> keys);

/// "acq-gateway <git describe> (Boost 1.81.0, <libraries>)".
std::string version_line(std::string_view program, std::string_view libraries = {});

}  // namespace acq::runtime
