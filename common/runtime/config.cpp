// Layers of configuration: defaults, then the file, the environment and the flags; each value is checked where it is
// read, so that the sentence can say where it stands.
#include "common/runtime/config.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <system_error>

#include <toml++/toml.h>

#include "common/runtime/edit_distance.hpp"

namespace acq::runtime {
namespace {

constexpr std::streamsize secret_bytes_max = 64 * 1024;

std::string_view word_for(ConfigType type) {
  switch (type) {
    case ConfigType::text:
      return "a text";
    case ConfigType::integer:
      return "an integer";
    case ConfigType::flag:
      return "true or false";
  }
  return "";
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void check_value(const ConfigKey& key, std::string_view value, const std::string& where) {
  if (key.type == ConfigType::flag && value != "true" && value != "false") {
    throw StartError(2, fmt::format("{} in {} must be true or false, not \"{}\".", key.name, where, value));
  }
  if (key.type == ConfigType::text && has_control_character(value)) {
    throw StartError(2, fmt::format("{} in {} must not hold control characters.", key.name, where));
  }
  if (key.type != ConfigType::integer) return;
  const auto number = parse_integer(value);
  if (!number) throw StartError(2, fmt::format("{} in {} must be an integer, not \"{}\".", key.name, where, value));
  if (*number < key.min || *number > key.max) {
    throw StartError(
        2, fmt::format("{} in {} must be from {} to {}, not {}.", key.name, where, key.min, key.max, *number));
  }
}

StartError unknown_key(std::span<const ConfigKey> keys, std::string_view name, const std::string& where) {
  return {2, fmt::format("Unknown key \"{}\" in {}: did you mean \"{}\"?", name, where, nearest_key(keys, name))};
}

const ConfigKey& known_key(std::span<const ConfigKey> keys, std::string_view name, const std::string& where) {
  for (const auto& key : keys) {
    if (key.name == name) return key;
  }
  throw unknown_key(keys, name, where);
}

/// A TOML scalar of the key's own type as text; nothing for another type.
std::optional<std::string> as_text(const toml::node& node, ConfigType type) {
  switch (type) {
    case ConfigType::text:
      if (const auto* text = node.as_string()) return text->get();
      break;
    case ConfigType::integer:
      if (const auto* number = node.as_integer()) return std::to_string(number->get());
      break;
    case ConfigType::flag:
      if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
      break;
  }
  return std::nullopt;
}

using Found = std::vector<std::pair<const ConfigKey*, std::string>>;

Found read_file(std::span<const ConfigKey> keys, const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) {
    throw StartError(2, fmt::format("The configuration file {} cannot be read ({}): name one with --config FILE.", path,
                                    std::generic_category().message(errno)));
  }
  toml::table document;
  try {
    document = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    throw StartError(2,
                     fmt::format("{} line {} is not TOML: {}.", path, error.source().begin.line, error.description()));
  }
  Found found;
  for (const auto& [section, node] : document) {
    const auto* const table = node.as_table();
    if (table == nullptr) {
      throw unknown_key(keys, section.str(), fmt::format("{} line {}", path, node.source().begin.line));
    }
    for (const auto& [name, value] : *table) {
      const std::string where = fmt::format("{} line {}", path, value.source().begin.line);
      const ConfigKey& key = known_key(keys, fmt::format("{}.{}", section.str(), name.str()), where);
      auto text = as_text(value, key.type);
      if (!text) throw StartError(2, fmt::format("{} in {} must be {}.", key.name, where, word_for(key.type)));
      check_value(key, *text, where);
      found.emplace_back(&key, std::move(*text));
    }
  }
  return found;
}

bool section_known(std::span<const ConfigKey> keys, std::string_view name) {
  const auto section = name.substr(0, name.find('.') + 1);
  return std::any_of(keys.begin(), keys.end(),
                     [section](const ConfigKey& key) { return key.name.starts_with(section); });
}

/// ACQ_SECTION__KEY. A section that this program does not have belongs to another program of ours and is passed over;
/// an unknown key of a known section is a mistake.
Found read_environment(std::span<const ConfigKey> keys) {
  Found found;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view whole(*variable);
    const auto equals = whole.find('=');
    if (!whole.starts_with("ACQ_") || equals == std::string_view::npos) continue;
    const std::string variable_name(whole.substr(0, equals));
    std::string name = variable_name.substr(4);
    const auto gap = name.find("__");
    if (gap == std::string::npos) continue;
    name.replace(gap, 2, ".");
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (!section_known(keys, name)) continue;
    const std::string where = "the environment (" + variable_name + ")";
    const ConfigKey& key = known_key(keys, name, where);
    check_value(key, whole.substr(equals + 1), where);
    found.emplace_back(&key, whole.substr(equals + 1));
  }
  return found;
}

Found read_flags(std::span<const ConfigKey> keys, const std::vector<std::string>& flags) {
  Found found;
  for (const auto& flag : flags) {
    const auto equals = flag.find('=');
    if (equals == std::string::npos) {
      throw StartError(2, fmt::format("--set {} has no value: write --set section.key=value.", flag));
    }
    const ConfigKey& key = known_key(keys, std::string_view(flag).substr(0, equals), "--set");
    check_value(key, std::string_view(flag).substr(equals + 1), "--set");
    found.emplace_back(&key, flag.substr(equals + 1));
  }
  return found;
}

std::string environment_name(std::string_view key) {
  std::string name = "ACQ_";
  for (const char c : key) {
    if (c == '.')
      name += "__";
    else
      name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

}  // namespace

Config Config::load(std::span<const ConfigKey> keys, const std::string& file, const std::vector<std::string>& flags) {
  Config config;
  for (const auto& key : keys) {
    if (!key.required) config.entries_[std::string(key.name)] = {&key, std::string(key.fallback), "default"};
  }
  const auto put = [&config](Found found, std::string_view origin) {
    for (auto& [key, value] : found) config.entries_[std::string(key->name)] = {key, std::move(value), origin};
  };
  if (!file.empty()) put(read_file(keys, file), "file");
  put(read_environment(keys), "environment");
  put(read_flags(keys, flags), "flag");
  for (const auto& key : keys) {
    if (config.entries_.contains(key.name)) continue;
    throw StartError(
        2, fmt::format("{} is not set: put it into the configuration file, or set {}, or give --set {}=VALUE.",
                       key.name, environment_name(key.name), key.name));
  }
  return config;
}

const Config::Entry& Config::entry(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw std::logic_error("no such configuration key: " + std::string(name));
  return found->second;
}

const std::string& Config::text(std::string_view name) const {
  return entry(name).value;
}
bool Config::flag(std::string_view name) const {
  return entry(name).value == "true";
}

std::int64_t Config::integer(std::string_view name) const {
  const auto number = parse_integer(entry(name).value);
  if (!number) throw std::logic_error("not an integer key: " + std::string(name));
  return *number;
}

std::string Config::describe() const {
  std::string text;
  for (const auto& [name, entry] : entries_) {
    const std::string_view quote = entry.key->type == ConfigType::text ? "\"" : "";
    text += fmt::format("{0} = {1}{2}{1} ({3})\n", name, quote, entry.value, entry.origin);
  }
  return text;
}

std::string read_secret_file(const std::string& path, std::string_view what) {
  std::ifstream file(path, std::ios::binary);
  std::string secret(secret_bytes_max, '\0');
  if (file) file.read(secret.data(), secret_bytes_max);
  if (!file.is_open() || file.bad() || !file.eof()) {
    throw StartError(2, fmt::format("The file of the {}, {}, cannot be read: check that it exists, who owns it, and "
                                    "that it holds nothing else.",
                                    what, path));
  }
  secret.resize(static_cast<std::size_t>(file.gcount()));
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.empty()) throw StartError(2, fmt::format("The file of the {}, {}, is empty.", what, path));
  return secret;
}

}  // namespace acq::runtime
