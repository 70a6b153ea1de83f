// The few forms of RFC 8941 (structured fields) that signatures use, read strictly from a view. Private to common/http.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acq::http {

/// Reads from the front of a text. A read that fails leaves the reader where it is of no further use: give up then.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  std::string_view rest() const noexcept { return rest_; }
  bool at_end() const noexcept { return rest_.empty(); }
  bool take(char c);
  void skip_spaces();  ///< SP only, as inner lists and parameters want
  /// "," between members of a dictionary, with spaces and tabs around it. One with nothing behind it is not taken.
  bool take_comma();
  std::optional<std::string_view> key();
  /// A quoted string as written, without its quotes and with its escapes: \" and \\ only.
  std::optional<std::string_view> quoted();
  /// At most 15 digits and a sign, as the RFC has it.
  std::optional<std::int64_t> integer();
  /// ":BASE64:", canonical; decoded.
  std::optional<std::string> bytes();
  /// Any bare item: integer, decimal, string, token, byte sequence, boolean.
  bool skip_item();

 private:
  bool skip_number();
  std::string_view rest_;
};

std::string unescape(std::string_view quoted);

}  // namespace acq::http
