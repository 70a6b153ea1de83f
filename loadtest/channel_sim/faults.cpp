// The faults' JSON is read here and not by the codec, whose numbers are integers on purpose: rates are fractions.
#include "loadtest/channel_sim/faults.hpp"

#include <charconv>
#include <cmath>

#include "common/codec/json_document.hpp"

namespace acq::channel_sim {
namespace {

Failure wrong(std::string_view what) {
  return Failure(Errc::undecodable, "the faults: " + std::string(what));
}

/// A cursor over one flat object of numbers and booleans; anything nested, escaped or quoted as a value is refused.
class FlatReader {
 public:
  explicit FlatReader(std::string_view text) : rest_(text) {}

  bool take(char wanted) {
    skip_space();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_name(std::string_view& name) {
    if (!take('"')) return false;
    const auto end = rest_.find_first_of("\"\\");
    if (end == std::string_view::npos || rest_[end] != '"') return false;
    name = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }
  std::string_view take_value() {
    skip_space();
    const auto end = rest_.find_first_of(",} \t\r\n");
    const auto value = rest_.substr(0, end);
    rest_.remove_prefix(value.size());
    return value;
  }
  bool at_end() {
    skip_space();
    return rest_.empty();
  }

 private:
  void skip_space() {
    const auto start = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(start == std::string_view::npos ? rest_.size() : start);
  }
  std::string_view rest_;
};

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

double Faults::*rate_named(std::string_view name) {
  if (name == "error_rate") return &Faults::error_rate;
  if (name == "timeout_rate") return &Faults::timeout_rate;
  if (name == "duplicate_rate") return &Faults::duplicate_rate;
  if (name == "late_rate") return &Faults::late_rate;
  if (name == "flip_rate") return &Faults::flip_rate;
  return nullptr;
}

Result<void> read_member(Faults& faults, std::string_view name, std::string_view value) {
  const std::string member(name);
  if (name == "down") {
    if (value != "true" && value != "false") return wrong("down is true or false");
    faults.down = value == "true";
    return {};
  }
  if (name == "delay_ms") {
    if (!read_number(value, faults.delay_ms) || faults.delay_ms < 0 || faults.delay_ms > delay_ms_max) {
      return wrong("delay_ms is a whole number from 0 to " + std::to_string(delay_ms_max));
    }
    return {};
  }
  double Faults::*const rate = rate_named(name);
  if (rate == nullptr) return wrong("there is none named " + member);
  double& number = faults.*rate;
  // The comparison is written so that a NaN fails it.
  if (!read_number(value, number) || !(number >= 0 && number <= 1)) return wrong(member + " is a number from 0 to 1");
  return {};
}

}  // namespace

Result<Faults> decode_faults(std::string_view body) {
  constexpr std::string_view shape = "one flat JSON object of numbers and booleans is wanted";
  Faults faults;
  FlatReader reader(body);
  if (!reader.take('{')) return wrong(shape);
  std::string seen = ",";
  if (!reader.take('}')) {
    do {
      std::string_view name;
      if (!reader.take_name(name) || !reader.take(':')) return wrong(shape);
      if (seen.find("," + std::string(name) + ",") != std::string::npos) {
        return wrong(std::string(name) + " is given twice");
      }
      seen.append(name).append(",");
      if (auto read = read_member(faults, name, reader.take_value()); !read) return read.error();
    } while (reader.take(','));
    if (!reader.take('}')) return wrong(shape);
  }
  if (!reader.at_end()) return wrong(shape);
  return faults;
}

std::string encode_faults(const Faults& faults) {
  std::string out;
  codec::JsonWriter w(out);
  w.begin_object().member("delay_ms", faults.delay_ms).member("error_rate", faults.error_rate);
  w.member("timeout_rate", faults.timeout_rate).member("duplicate_rate", faults.duplicate_rate);
  w.member("late_rate", faults.late_rate).member("flip_rate", faults.flip_rate).member("down", faults.down);
  w.end_object();
  return out;
}

Hit Dice::roll(const Faults& faults) noexcept {
  Hit hit;
  hit.error = next() < faults.error_rate;
  hit.timeout = next() < faults.timeout_rate;
  hit.duplicate = next() < faults.duplicate_rate;
  hit.late = next() < faults.late_rate;
  hit.flip = next() < faults.flip_rate;
  return hit;
}

/// SplitMix64, its upper 53 bits as a fraction.
double Dice::next() noexcept {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1.0p-53;
}

}  // namespace acq::channel_sim
