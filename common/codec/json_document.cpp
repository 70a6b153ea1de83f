// The bounded tree: values are built under the last open container.
#include "common/codec/json_document.hpp"

#include <tuple>

#include "common/codec/sax.hpp"

namespace acq::codec {
namespace {

class TreeBuilder final : public SaxHandler {
 public:
  bool null() override {
    slot();
    return true;
  }
  bool boolean(bool flag) override { return put(JsonValue(flag)); }
  bool integer(std::int64_t number) override { return put(JsonValue(number)); }
  bool other_number(bool) override {
    number_refused = true;
    return false;
  }
  bool string(std::string& text) override { return put(JsonValue(std::move(text))); }
  bool key(std::string& name) override {
    name_ = std::move(name);
    return true;
  }
  bool begin_object() override { return open(JsonValue(JsonValue::Object())); }
  bool end_object() override { return close(); }
  bool begin_array() override { return open(JsonValue(JsonValue::Array())); }
  bool end_array() override { return close(); }

  JsonValue root;
  bool number_refused = false;

 private:
  /// Where the next value goes. A pointer to an open container stays good: its parent gets no further element until it
  /// is closed.
  JsonValue& slot() {
    if (open_.empty()) return root;
    if (auto* members = open_.back()->object()) {
      // In place: GCC 12 takes the move of an empty variant for a read of something uninitialized.
      return members
          ->emplace_back(std::piecewise_construct, std::forward_as_tuple(std::move(name_)), std::forward_as_tuple())
          .second;
    }
    return open_.back()->array()->emplace_back();
  }
  bool put(JsonValue value) {
    slot() = std::move(value);
    return true;
  }
  bool open(JsonValue container) {
    auto& opened = slot();
    opened = std::move(container);
    open_.push_back(&opened);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<JsonValue*> open_;
  std::string name_;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view member) const {
  const auto* members = object();
  if (members == nullptr) return nullptr;
  for (const auto& [name, value] : *members) {
    if (name == member) return &value;
  }
  return nullptr;
}

std::string_view JsonValue::string_or(std::string_view member, std::string_view fallback) const {
  const auto* value = find(member);
  const auto* text = value == nullptr ? nullptr : value->string();
  return text == nullptr ? fallback : std::string_view(*text);
}

std::int64_t JsonValue::integer_or(std::string_view member, std::int64_t fallback) const {
  const auto* value = find(member);
  const auto* number = value == nullptr ? nullptr : value->integer();
  return number == nullptr ? fallback : *number;
}

Result<JsonValue> parse_json(std::string_view bytes, const JsonLimits& limits) {
  TreeBuilder builder;
  if (auto parsed = parse_sax(bytes, limits, builder); !parsed) {
    const bool beyond = parsed.error().code == Errc::invalid_field;
    if (builder.number_refused || beyond) return Failure(Errc::malformed_json, "a number is no 64-bit integer");
    return parsed.error();
  }
  return std::move(builder.root);
}

}  // namespace acq::codec
