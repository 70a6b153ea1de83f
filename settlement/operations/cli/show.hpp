// What people see: tables on stdout, talk and progress on stderr, colours only on a terminal and never under NO_COLOR.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/codec/json_document.hpp"

namespace acq::cli {

enum class Ink : std::uint8_t { plain, bold, dim, green, red, yellow };
/// For stdout.
std::string paint(Ink ink, std::string_view text);

using Cells = std::vector<std::string>;
/// Columns as wide as their widest cell; the last one runs free. Nothing at all when there are no rows.
void print_table(const Cells& headings, const std::vector<Cells>& rows);
/// "name   value" for the scalar members, in their order; null and empty ones are left out.
void print_members(const codec::JsonValue& object);
/// A heading and a table of an array of objects: a column for each member that any of them fills.
void print_section(std::string_view heading, const codec::JsonValue* array);
/// A scalar as text: "-" for null.
std::string text_of(const codec::JsonValue& value);
std::string text_of(const codec::JsonValue& object, std::string_view member);

/// One line on stderr.
void say(const std::string& line);

/// Work of a known or unknown size: a line with rate and time left on a terminal, plain lines otherwise, nothing before
/// two seconds.
class Progress {
 public:
  Progress(std::string what, std::int64_t total);  ///< 0: not known
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void add(std::int64_t count = 1);

 private:
  void show(std::int64_t now_ms);
  std::string what_;
  std::int64_t total_;
  std::int64_t count_ = 0;
  std::int64_t began_ms_;
  std::int64_t shown_ms_ = 0;
  bool terminal_;
};

}  // namespace acq::cli
