// The gate. Boost 1.81's parser takes Transfer-Encoding beside Content-Length, unknown codings, HTTP/1.0 with chunks,
// duplicate Host and folded lines; each is a way for two parsers to disagree, so none gets past this file.
#include "common/http/framing.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/http/characters.hpp"
#include "common/http/message.hpp"
#include "common/limits.hpp"

namespace acq::http {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t method_bytes_max = 16;
/// The longest request line whose target is within its limit.
constexpr std::size_t request_line_bytes_max =
    method_bytes_max + 1 + limits::target_bytes_max + std::string_view(" HTTP/1.1\r\n").size();

/// Headers of which one value is read. A second one would let two readers choose differently.
constexpr std::array<std::string_view, 16> single_headers{
    "Host",       "Content-Length",  "Content-Type",      "Content-Digest",   "Authorization", "Signature",
    "Expect",     "Signature-Input", "Idempotency-Key",   "Content-Encoding", "If-Match",      "If-None-Match",
    "Webhook-Id", "Traceparent",     "Webhook-Timestamp", "Webhook-Signature"};
constexpr std::size_t host_index = 0;
constexpr std::size_t content_length_index = 1;

Failure refused(const char* why) {
  return {Errc::bad_framing, why};
}

/// A narrow form of RFC 9110's token: names and methods in use are letters, digits and hyphens, while the rest
/// ("Content_Length") only serves to be read differently elsewhere.
bool is_plain_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_header_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) { return is_control(c) && c != '\t'; });
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

/// A name or an address, "[…]" for IPv6, and a port perhaps; nothing that a URL would read as user, path or list.
bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    const auto address = host.substr(1, end - 1);
    const auto rest = host.substr(end + 1);
    return std::all_of(address.begin(), address.end(),
                       [](char c) { return is_hex_digit(c) || c == ':' || c == '.'; }) &&
           (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
  }
  const auto colon = host.find(':');
  const auto name = host.substr(0, colon);
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
  }) && (colon == std::string_view::npos || is_port(host.substr(colon + 1)));
}

Result<void> check_request_line(std::string_view line, std::string_view& method) {
  const auto first_space = line.find(' ');
  if (first_space == std::string_view::npos) return refused("request line without a target");
  method = line.substr(0, first_space);
  if (!is_plain_name(method) || method.size() > method_bytes_max) return refused("odd method");
  const auto second_space = line.find(' ', first_space + 1);
  const auto target = line.substr(first_space + 1, second_space - first_space - 1);
  if (target.size() > limits::target_bytes_max) return Failure(Errc::uri_too_long);
  if (second_space == std::string_view::npos) return refused("request line without a version");
  // Only origin-form: absolute-form names a second host, and we are neither a proxy nor a tunnel.
  if (!target.starts_with('/') || !is_target(target)) return refused("odd target");
  if (line.substr(second_space + 1) != "HTTP/1.1") return refused("not HTTP/1.1");
  return {};
}

Result<std::size_t> read_length(std::string_view text, std::size_t body_bytes_max) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return refused("odd Content-Length");
  if (text.size() > 1 && text.front() == '0') return refused("Content-Length with leading zeros");
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || length > body_bytes_max) return Failure(Errc::body_too_large);
  return length;
}

/// Its options one by one. Naming a header that decides something would have a proxy drop it on the way to the next
/// reader (RFC 9110, 7.6.1).
Result<void> read_connection(std::string_view options, bool& keep_alive) {
  while (!options.empty()) {
    const auto item = options.substr(0, options.find(','));
    const auto option = trim(item);
    if (same_header(option, "close")) keep_alive = false;
    const auto names = [option](std::string_view header) { return same_header(option, header); };
    if (std::any_of(single_headers.begin(), single_headers.end(), names)) return refused("Connection names a header");
    options.remove_prefix(std::min(options.size(), item.size() + 1));
  }
  return {};
}

class HeaderCheck {
 public:
  explicit HeaderCheck(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  Result<void> take(std::string_view line) {
    if (++count_ > limits::headers_max) return Failure(Errc::headers_too_large);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return refused("header line without a colon");
    const auto name = line.substr(0, colon);
    const auto value = trim(line.substr(colon + 1));
    if (!is_plain_name(name)) return refused("odd header name");  // a folded line starts with a space and ends here too
    if (!is_header_value(value)) return refused("control character in a header");
    if (same_header(name, "Transfer-Encoding")) return refused("Transfer-Encoding");
    if (same_header(name, "Connection")) return read_connection(value, framing_.keep_alive);
    for (std::size_t i = 0; i < single_headers.size(); ++i) {
      if (same_header(name, single_headers[i])) return take_single(i, value);
    }
    return {};
  }

  Result<Framing> finish(std::string_view method) const {
    if (!seen_[host_index]) return refused("no Host");
    if (!framing_.has_body && (method == "POST" || method == "PUT" || method == "PATCH")) {
      return Failure(Errc::length_required);
    }
    return framing_;
  }

 private:
  Result<void> take_single(std::size_t index, std::string_view value) {
    if (seen_[index]) return refused("a header that may occur once occurs twice");
    seen_[index] = true;
    if (index == host_index && !is_host(value)) return refused("odd Host");
    if (index == content_length_index) {
      const auto length = read_length(value, body_bytes_max_);
      if (!length) return length.error();
      framing_.content_length = *length;
      framing_.has_body = true;
    }
    if (single_headers[index] == "Expect") {
      if (!same_header(value, "100-continue")) return refused("an expectation that we do not know");
      framing_.expects_continue = true;
    }
    return {};
  }

  std::size_t body_bytes_max_;
  std::size_t count_ = 0;
  std::array<bool, single_headers.size()> seen_{};
  Framing framing_;
};

/// Cuts the next line off `head`. A bare CR or LF within it is refused: others may take it for a line's end.
Result<std::string_view> next_line(std::string_view& head) {
  const auto feed = head.find('\n');
  if (feed == std::string_view::npos || feed == 0 || head[feed - 1] != '\r') return refused("bare line feed");
  const auto line = head.substr(0, feed - 1);
  if (line.find('\r') != std::string_view::npos) return refused("bare carriage return");
  head.remove_prefix(feed + 1);
  return line;
}

}  // namespace

Result<Framing> check_framing(std::string_view head, std::size_t body_bytes_max) {
  if (head.size() > limits::head_bytes_max) return Failure(head_too_large(head));
  const auto request_line = next_line(head);
  if (!request_line) return request_line.error();
  std::string_view method;
  if (const auto checked = check_request_line(*request_line, method); !checked) return checked.error();
  HeaderCheck headers(body_bytes_max);
  while (true) {
    const auto line = next_line(head);
    if (!line) return line.error();
    if (line->empty()) break;
    if (const auto taken = headers.take(*line); !taken) return taken.error();
  }
  if (!head.empty()) return refused("bytes behind the blank line");
  return headers.finish(method);
}

RequestLine request_line_of(std::string_view head) noexcept {
  const auto method = head.substr(0, head.find(' '));
  const auto behind = head.substr(std::min(head.size(), method.size() + 1));
  return {method, behind.substr(0, behind.find(' '))};
}

std::size_t find_head_end(std::string_view bytes, std::size_t scanned) noexcept {
  // The end may have been cut in the middle: step back over "\n\r".
  for (std::size_t at = scanned < 2 ? 0 : scanned - 2;;) {
    at = bytes.find('\n', at);
    if (at == std::string_view::npos) return std::string_view::npos;
    const auto behind = bytes.substr(++at);
    if (behind.starts_with(line_end)) return at + line_end.size();
    if (behind.starts_with('\n')) return at + 1;
  }
}

Errc head_too_large(std::string_view bytes) noexcept {
  return bytes.substr(0, request_line_bytes_max).find('\n') == std::string_view::npos ? Errc::uri_too_long
                                                                                      : Errc::headers_too_large;
}

}  // namespace acq::http
