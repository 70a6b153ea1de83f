// Files of schemas/ for the contract tests, and documents compared whatever the order of their members.
#pragma once
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "common/codec/json_document.hpp"

namespace acq::contract {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::filesystem::path schemas() {
  return std::filesystem::path(ACQ_SOURCE_DIR) / "schemas";
}

/// The examples of a folder such as "intents/examples/good", in order. At least `least`: an empty folder proves
/// nothing.
inline std::vector<std::filesystem::path> examples(const std::string& folder, std::size_t least) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(schemas() / folder)) {
    if (entry.path().extension() == ".json") found.push_back(entry.path());
  }
  std::ranges::sort(found);
  REQUIRE(found.size() >= least);
  return found;
}

inline void write_canonical(codec::JsonWriter& w, const codec::JsonValue& value) {
  if (const auto* members = value.object()) {
    auto sorted = *members;
    std::ranges::sort(sorted, {}, [](const auto& member) { return member.first; });
    w.begin_object();
    for (const auto& [name, member] : sorted) {
      w.key(name);
      write_canonical(w, member);
    }
    w.end_object();
  } else if (const auto* elements = value.array()) {
    w.begin_array();
    for (const auto& element : *elements) write_canonical(w, element);
    w.end_array();
  } else if (const auto* text = value.string()) {
    w.value(*text);
  } else if (const auto* number = value.integer()) {
    w.value(*number);
  } else if (const auto* flag = value.boolean()) {
    w.value(*flag);
  } else {
    w.null();
  }
}

/// Equal for equal documents: members sorted, no white space.
inline std::string canonical(std::string_view json) {
  const auto parsed = codec::parse_json(json, {.string_bytes_max = limits::notification_bytes_max});
  REQUIRE(parsed.has_value());
  std::string out;
  codec::JsonWriter w(out);
  write_canonical(w, *parsed);
  return out;
}

}  // namespace acq::contract
