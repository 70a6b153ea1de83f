#include "settlement/operations/cli/show.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "common/codec/text_rules.hpp"
#include "common/runtime/clock.hpp"
#include "settlement/operations/cli/command.hpp"
#include "settlement/operations/times.hpp"

namespace acq::cli {
namespace {

constexpr std::int64_t quiet_ms = 2'000;

bool colours() {
  static const bool on = isatty(STDOUT_FILENO) == 1 && variable_or_empty("NO_COLOR").empty() &&
                         variable_or_empty("TERM") != "dumb" && !variable_or_empty("TERM").empty();
  return on;
}

void pad(std::string& line, std::string_view cell, std::size_t width) {
  line += cell;
  const auto used = codec::code_points(cell);
  if (used < width) line.append(width - used, ' ');
}

}  // namespace

std::string paint(Ink ink, std::string_view text) {
  constexpr int codes[] = {0, 1, 2, 32, 31, 33};
  if (ink == Ink::plain || !colours()) return std::string(text);
  return "\033[" + std::to_string(codes[static_cast<std::size_t>(ink)]) + "m" + std::string(text) + "\033[0m";
}

void print_table(const Cells& headings, const std::vector<Cells>& rows) {
  if (rows.empty()) return;
  std::vector<std::size_t> widths(headings.size());
  for (std::size_t i = 0; i < headings.size(); ++i) {
    widths[i] = codec::code_points(headings[i]);
    for (const auto& row : rows) widths[i] = std::max(widths[i], codec::code_points(row[i]));
  }
  const auto line_of = [&](const Cells& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i + 1 == cells.size())
        line += cells[i];
      else
        pad(line, cells[i], widths[i] + 2);
    }
    return line;
  };
  std::printf("%s\n", paint(Ink::dim, line_of(headings)).c_str());
  for (const auto& row : rows) std::printf("%s\n", line_of(row).c_str());
}

std::string text_of(const codec::JsonValue& value) {
  if (const auto* text = value.string()) return text->empty() ? "-" : *text;
  if (const auto* number = value.integer()) return std::to_string(*number);
  if (const auto* flag = value.boolean()) return *flag ? "yes" : "no";
  return "-";
}

std::string text_of(const codec::JsonValue& object, std::string_view member) {
  const auto* value = object.find(member);
  return value == nullptr ? "-" : text_of(*value);
}

void print_members(const codec::JsonValue& object) {
  if (object.object() == nullptr) return;
  std::size_t width = 0;
  for (const auto& [name, value] : *object.object()) width = std::max(width, name.size());
  for (const auto& [name, value] : *object.object()) {
    if (value.array() != nullptr || value.object() != nullptr || text_of(value) == "-") continue;
    std::string line;
    pad(line, name, width + 2);
    std::printf("%s%s\n", paint(Ink::dim, line).c_str(), text_of(value).c_str());
  }
}

void print_section(std::string_view heading, const codec::JsonValue* array) {
  if (array == nullptr || array->array() == nullptr || array->array()->empty()) return;
  Cells headings;
  for (const auto& one : *array->array()) {
    if (one.object() == nullptr) return;
    for (const auto& [name, value] : *one.object()) {
      if (text_of(value) != "-" && std::find(headings.begin(), headings.end(), name) == headings.end()) {
        headings.push_back(name);
      }
    }
  }
  std::vector<Cells> rows;
  for (const auto& one : *array->array()) {
    auto& row = rows.emplace_back();
    for (const auto& name : headings) row.push_back(text_of(one, name));
  }
  if (!heading.empty()) std::printf("\n%s\n", paint(Ink::bold, heading).c_str());
  print_table(headings, rows);
}

void say(const std::string& line) {
  std::fflush(stdout);
  std::fprintf(stderr, "acq: %s\n", line.c_str());
}

Progress::Progress(std::string what, std::int64_t total)
    : what_(std::move(what)),
      total_(total),
      began_ms_(runtime::steady_ms()),
      terminal_(isatty(STDERR_FILENO) == 1 && variable_or_empty("TERM") != "dumb") {}

Progress::~Progress() {
  if (terminal_ && shown_ms_ != 0) std::fprintf(stderr, "\r\033[K");
}

void Progress::add(std::int64_t count) {
  count_ += count;
  const auto now = runtime::steady_ms();
  const std::int64_t between = terminal_ ? 200 : 5'000;
  if (now - began_ms_ < quiet_ms || now - shown_ms_ < between) return;
  show(now);
}

void Progress::show(std::int64_t now_ms) {
  shown_ms_ = now_ms;
  const auto ms = std::max<std::int64_t>(1, now_ms - began_ms_);
  const auto rate = count_ * 1'000 / ms;
  std::string line = what_ + ": " + std::to_string(count_);
  if (total_ > 0) line += " of " + std::to_string(total_);
  line += ", " + std::to_string(rate) + " a second";
  if (total_ > count_ && count_ > 0) {
    const auto left_ms = static_cast<std::int64_t>(static_cast<double>(ms) / static_cast<double>(count_) *
                                                   static_cast<double>(total_ - count_));
    line += ", " + settlement::operations::age_text(left_ms) + " left";
  }
  if (terminal_)
    std::fprintf(stderr, "\r%s\033[K", line.c_str());
  else
    std::fprintf(stderr, "acq: %s\n", line.c_str());
}

}  // namespace acq::cli
