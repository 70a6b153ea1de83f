#include "common/http/message.hpp"

#include <poll.h>

#include "common/http/characters.hpp"

namespace acq::http {
namespace {

int hex_value(char c) {
  return is_digit(c) ? c - '0' : to_lower(c) - 'a' + 10;
}

std::string form_decode(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced);
}

}  // namespace

bool same_header(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

const std::string_view* Request::find(std::string_view name) const noexcept {
  for (const auto& header : headers) {
    if (same_header(header.name, name)) return &header.value;
  }
  return nullptr;
}

bool Request::peer_is_gone() const noexcept {
  if (descriptor < 0) return false;
  pollfd look{descriptor, POLLRDHUP, 0};
  return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && is_hex_digit(text[i + 1]) && is_hex_digit(text[i + 2])) {
      decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    std::string name = form_decode(pair.substr(0, equals));
    std::string value = equals == std::string_view::npos ? std::string() : form_decode(pair.substr(equals + 1));
    if (!name.empty()) pairs.emplace_back(std::move(name), std::move(value));
  }
  return pairs;
}

std::string query_value(std::string_view query, std::string_view name) {
  for (auto& [known, value] : query_pairs(query)) {
    if (known == name) return std::move(value);
  }
  return {};
}

}  // namespace acq::http
