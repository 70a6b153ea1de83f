// The only file that compiles nlohmann's parser. What the parser itself lets pass is refused here: it skips a BOM,
// takes a NUL byte for the end of input, keeps the last of two equal names and turns large integers into floats.
#include "common/codec/sax.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

namespace acq::codec {
namespace {

constexpr std::size_t frames_max = 32;

class Bounded {
 public:
  Bounded(const JsonLimits& limits, SaxHandler& handler) : limits_(limits), handler_(handler) {
    names_.reserve(256);
    name_ends_.reserve(32);
  }

  bool null() { return element() && handler_.null(); }
  bool boolean(bool flag) { return element() && handler_.boolean(flag); }
  bool number_integer(std::int64_t number) { return element() && handler_.integer(number); }
  bool number_unsigned(std::uint64_t number) {
    if (!element()) return false;
    if (number > static_cast<std::uint64_t>(INT64_MAX)) return handler_.other_number(true);
    return handler_.integer(static_cast<std::int64_t>(number));
  }
  bool number_float(double, const std::string& literal) {
    return element() && handler_.other_number(literal.find_first_not_of("-0123456789") == std::string::npos);
  }
  bool string(std::string& text) {
    if (text.size() > limits_.string_bytes_max) return refuse("a string is too long");
    return element() && handler_.string(text);
  }
  bool binary(nlohmann::json::binary_t&) { return refuse("binary values are not JSON"); }

  bool start_object(std::size_t) { return element() && open(false) && handler_.begin_object(); }
  bool key(std::string& name) {
    if (name.size() > limits_.string_bytes_max) return refuse("a member name is too long");
    Frame& frame = frames_[depth_ - 1];
    if (++frame.count > limits_.members_max) return refuse("an object has too many members");
    for (std::size_t i = frame.first_name; i < name_ends_.size(); ++i) {
      const std::size_t begin = i == 0 ? 0 : name_ends_[i - 1];
      if (std::string_view(names_).substr(begin, name_ends_[i] - begin) == name) {
        failure_ = "a member name occurs twice";
        duplicate_ = true;
        return false;
      }
    }
    names_ += name;
    name_ends_.push_back(names_.size());
    return handler_.key(name);
  }
  bool end_object() {
    name_ends_.resize(frames_[depth_ - 1].first_name);
    names_.resize(name_ends_.empty() ? 0 : name_ends_.back());
    --depth_;
    return handler_.end_object();
  }
  bool start_array(std::size_t) { return element() && open(true) && handler_.begin_array(); }
  bool end_array() {
    --depth_;
    return handler_.end_array();
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) {
    constexpr int number_overflow = 406;  // the parser's own number for "beyond a double": JSON, but out of any range
    overflow_ = error.id == number_overflow;
    failure_ = "not JSON at byte " + std::to_string(position);
    return false;
  }

  bool duplicate() const { return duplicate_; }
  const std::string& failure() const { return failure_; }
  bool overflow() const { return overflow_; }

 private:
  struct Frame {
    bool is_array = false;
    std::size_t count = 0;
    std::size_t first_name = 0;
  };

  bool refuse(const char* why) {
    failure_ = why;
    return false;
  }
  bool element() {
    if (depth_ == 0 || !frames_[depth_ - 1].is_array) return true;
    return ++frames_[depth_ - 1].count <= limits_.elements_max || refuse("an array has too many elements");
  }
  bool open(bool is_array) {
    if (depth_ >= limits_.depth_max || depth_ >= frames_max) return refuse("nested too deeply");
    frames_[depth_++] = Frame{is_array, 0, name_ends_.size()};
    return true;
  }

  const JsonLimits& limits_;
  SaxHandler& handler_;
  std::array<Frame, frames_max> frames_{};
  std::size_t depth_ = 0;
  // The names of all open objects, end to end: at most `members_max` are compared for one name.
  std::string names_;
  std::vector<std::size_t> name_ends_;
  std::string failure_;
  bool duplicate_ = false;
  bool overflow_ = false;
};

}  // namespace

Result<void> parse_sax(std::string_view bytes, const JsonLimits& limits, SaxHandler& handler) {
  if (bytes.size() > limits.bytes_max) return Failure(Errc::malformed_json, "longer than allowed");
  if (bytes.starts_with("\xef\xbb\xbf")) return Failure(Errc::malformed_json, "a byte order mark");
  if (bytes.find('\0') != std::string_view::npos) return Failure(Errc::malformed_json, "a NUL byte");
  Bounded bounded(limits, handler);
  if (nlohmann::json::sax_parse(bytes.begin(), bytes.end(), &bounded)) return {};
  if (bounded.duplicate()) return Failure(Errc::duplicate_member, bounded.failure());
  if (bounded.overflow()) return Failure(Errc::invalid_field, std::vector<FieldFault>{{"", "range"}});
  return Failure(Errc::malformed_json, bounded.failure().empty() ? "stopped by its reader" : bounded.failure());
}

}  // namespace acq::codec
