// The commented example of a configuration file, so that documentation and key table cannot differ.
#include <fmt/format.h>

#include <algorithm>

#include "common/runtime/config.hpp"

namespace acq::runtime {
namespace {

std::string_view section_of(const ConfigKey& key) {
  return key.name.substr(0, key.name.find('.'));
}

std::string kind_of(const ConfigKey& key) {
  switch (key.type) {
    case ConfigType::text:
      return "Text";
    case ConfigType::flag:
      return "true or false";
    case ConfigType::integer:
      break;
  }
  if (key.max == INT64_MAX) return fmt::format("Integer from {}", key.min);
  return fmt::format("Integer from {} to {}", key.min, key.max);
}

std::string value_of(const ConfigKey& key) {
  return key.type == ConfigType::text ? fmt::format("\"{}\"", key.fallback) : std::string(key.fallback);
}

void append_key(std::string& text, const ConfigKey& key) {
  const std::string_view name = key.name.substr(key.name.find('.') + 1);
  text += fmt::format("# {}\n", key.reason);
  if (key.required) {
    text += fmt::format("# {}; no default, must be set.\n# {} = {}\n", kind_of(key), name,
                        key.type == ConfigType::text ? "\"\"" : "");
  } else {
    text += fmt::format("# {}; default {}.\n{} = {}\n", kind_of(key), value_of(key), name, value_of(key));
  }
}

}  // namespace

std::string example_toml(std::string_view program, std::string_view summary, std::span<const ConfigKey> keys) {
  std::string text = fmt::format(
      "# {0}: {1}\n# Made by `{0} help-config`. The environment (ACQ_SECTION__KEY) goes over this file, flags\n"
      "# (--set section.key=value) over the environment. `{0} --check-config` shows what holds and why.\n",
      program, summary);
  std::vector<std::string_view> sections;
  for (const auto& key : keys) {
    if (std::find(sections.begin(), sections.end(), section_of(key)) == sections.end()) {
      sections.push_back(section_of(key));
    }
  }
  for (const auto section : sections) {
    text += fmt::format("\n[{}]\n", section);
    for (const auto& key : keys) {
      if (section_of(key) == section) append_key(text, key);
    }
  }
  return text;
}

}  // namespace acq::runtime
