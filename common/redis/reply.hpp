// What Redis answered, copied out of the driver's buffers. An error reply is not a Reply: it is a Failure.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace acq::redis {

struct Reply {
  using Array = std::vector<Reply>;
  /// monostate: nil. Text is bytes; a status such as "OK" is text too.
  std::variant<std::monostate, std::int64_t, std::string, Array> value;

  bool is_nil() const noexcept { return std::holds_alternative<std::monostate>(value); }
  const std::int64_t* integer() const noexcept { return std::get_if<std::int64_t>(&value); }
  const std::string* text() const noexcept { return std::get_if<std::string>(&value); }
  std::string* text() noexcept { return std::get_if<std::string>(&value); }
  const Array* array() const noexcept { return std::get_if<Array>(&value); }
  Array* array() noexcept { return std::get_if<Array>(&value); }
};

}  // namespace acq::redis
