// Events of a bounded JSON parse, so that nlohmann's header is compiled once and every reader has the same limits:
// depth, members, elements, string length, duplicate names, BOM, NUL bytes, invalid UTF-8. Internal to codec.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "common/codec/json_document.hpp"
#include "common/error/result.hpp"

namespace acq::codec {

/// A handler returns false to stop the parse; it then keeps the reason itself.
class SaxHandler {
 public:
  virtual ~SaxHandler() = default;
  virtual bool null() = 0;
  virtual bool boolean(bool flag) = 0;
  virtual bool integer(std::int64_t number) = 0;
  /// A number that is no int64: `integral` when it is written in digits only and is merely too large.
  virtual bool other_number(bool integral) = 0;
  /// `text` may be moved from.
  virtual bool string(std::string& text) = 0;
  virtual bool key(std::string& name) = 0;
  virtual bool begin_object() = 0;
  virtual bool end_object() = 0;
  virtual bool begin_array() = 0;
  virtual bool end_array() = 0;
};

/// Errc::malformed_json or Errc::duplicate_member, with the byte position and never with the bytes themselves: they may
/// hold a payment code (P24). malformed_json also when the handler stopped.
/// invalid_field for a number beyond a double, which is JSON but in no field's range.
Result<void> parse_sax(std::string_view bytes, const JsonLimits& limits, SaxHandler& handler);

}  // namespace acq::codec
