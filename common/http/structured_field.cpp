#include "common/http/structured_field.hpp"

#include <charconv>

#include "common/crypto/bytes.hpp"
#include "common/http/characters.hpp"

namespace acq::http {
namespace {

constexpr std::size_t integer_digits_max = 15;

bool is_key_character(char c) {
  return is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '*';
}

bool is_token_character(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~:/";
  return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
}

template <class Predicate>
std::size_t count_while(std::string_view text, Predicate predicate) {
  const auto* const end = std::find_if_not(text.begin(), text.end(), predicate);
  return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

bool FieldReader::take(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

void FieldReader::skip_spaces() {
  rest_.remove_prefix(count_while(rest_, [](char c) { return c == ' '; }));
}

bool FieldReader::take_comma() {
  rest_ = trim(rest_);
  if (!rest_.starts_with(',')) return false;
  const auto behind = trim(rest_.substr(1));
  if (behind.empty()) return false;
  rest_ = behind;
  return true;
}

std::optional<std::string_view> FieldReader::key() {
  if (rest_.empty() || !(is_lower(rest_.front()) || rest_.front() == '*')) return std::nullopt;
  const auto found = rest_.substr(0, count_while(rest_, is_key_character));
  rest_.remove_prefix(found.size());
  return found;
}

std::optional<std::string_view> FieldReader::quoted() {
  if (!take('"')) return std::nullopt;
  for (std::size_t i = 0; i < rest_.size(); ++i) {
    const char c = rest_[i];
    if (c == '"') {
      const auto found = rest_.substr(0, i);
      rest_.remove_prefix(i + 1);
      return found;
    }
    if (c < 0x20 || c > 0x7e) return std::nullopt;
    if (c == '\\') {
      ++i;
      if (i == rest_.size() || (rest_[i] != '"' && rest_[i] != '\\')) return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> FieldReader::integer() {
  const std::size_t sign = rest_.starts_with('-') ? 1 : 0;
  const std::size_t digits = count_while(rest_.substr(sign), is_digit);
  if (digits == 0 || digits > integer_digits_max) return std::nullopt;
  if (rest_.substr(sign + digits).starts_with('.')) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(rest_.data(), rest_.data() + sign + digits, number);
  rest_.remove_prefix(sign + digits);
  return number;
}

std::optional<std::string> FieldReader::bytes() {
  if (!take(':')) return std::nullopt;
  const auto end = rest_.find(':');
  if (end == std::string_view::npos) return std::nullopt;
  auto decoded = crypto::base64_decode(rest_.substr(0, end));
  rest_.remove_prefix(end + 1);
  return decoded;
}

bool FieldReader::skip_number() {
  take('-');
  const std::size_t whole = count_while(rest_, is_digit);
  if (whole == 0 || whole > integer_digits_max) return false;
  rest_.remove_prefix(whole);
  if (!take('.')) return true;
  const std::size_t fraction = count_while(rest_, is_digit);
  rest_.remove_prefix(fraction);
  return whole <= 12 && fraction >= 1 && fraction <= 3;
}

bool FieldReader::skip_item() {
  if (rest_.empty()) return false;
  const char c = rest_.front();
  if (c == '"') return quoted().has_value();
  if (c == ':') return bytes().has_value();
  if (c == '?') return take('?') && (take('0') || take('1'));
  if (c == '-' || is_digit(c)) return skip_number();
  if (!is_letter(c) && c != '*') return false;
  rest_.remove_prefix(count_while(rest_, is_token_character));
  return true;
}

std::string unescape(std::string_view quoted) {
  std::string text;
  text.reserve(quoted.size());
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] == '\\' && i + 1 < quoted.size()) ++i;
    text += quoted[i];
  }
  return text;
}

}  // namespace acq::http
