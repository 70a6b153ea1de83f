// A small bounded JSON tree for everything off the accept path: configuration answers, channel answers, operators'
// requests. Built on nlohmann's SAX parser with limits; numbers are int64 or refused, duplicate members are refused.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "common/error/result.hpp"
#include "common/limits.hpp"

namespace acq::codec {

struct JsonLimits {
  std::size_t depth_max = limits::json_depth_max;
  std::size_t members_max = limits::json_members_max;  ///< per object
  std::size_t elements_max = 1000;                     ///< per array
  std::size_t string_bytes_max = limits::json_string_bytes_max;
  std::size_t bytes_max = 1024 * 1024;
};

class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Object = std::vector<std::pair<std::string, JsonValue>>;
  JsonValue() = default;
  /// Only what JSON has: an open template would take a Failure too, and Result<JsonValue> could not tell them apart.
  template <class T>
  requires(std::is_integral_v<T> || std::is_convertible_v<T, std::string> || std::is_same_v<T, Array> ||
           std::is_same_v<T, Object>) explicit JsonValue(T value)
      : value_(std::move(value)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }
  Array* array() { return std::get_if<Array>(&value_); }
  Object* object() { return std::get_if<Object>(&value_); }

  /// The member, or nullptr when this is no object or has none of that name.
  const JsonValue* find(std::string_view member) const;
  /// Empty / fallback when absent or of another type.
  std::string_view string_or(std::string_view member, std::string_view fallback = {}) const;
  std::int64_t integer_or(std::string_view member, std::int64_t fallback) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, std::string, Array, Object> value_;
};

/// Errc::malformed_json or Errc::duplicate_member.
Result<JsonValue> parse_json(std::string_view bytes, const JsonLimits& limits = {});

/// Appends JSON text; keeps track of commas. Usage: w.begin_object(); w.member("a", 1); w.end_object().
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::int32_t number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(std::uint32_t number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(std::size_t number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(double number);
  JsonWriter& value(bool flag);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  ///< already JSON
  template <class T>
  JsonWriter& member(std::string_view name, const T& v) {
    return key(name).value(v);
  }

 private:
  void separate();
  std::string& out_;
  bool needs_comma_ = false;
};

/// RFC 3339, UTC, milliseconds: "2026-11-24T08:15:30.123Z".
std::string rfc3339(std::int64_t unix_ms);
/// Only the UTC forms "…Z", with or without a fraction; nullopt for anything else.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace acq::codec
