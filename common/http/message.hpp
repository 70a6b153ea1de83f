// A request as handlers see it and an answer as they make it. Plain data: no Beast here, so many files may include it.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acq::http {

struct HeaderView {
  std::string_view name;  ///< as sent; compare with same_header()
  std::string_view value;
};

/// ASCII case-insensitive.
bool same_header(std::string_view a, std::string_view b) noexcept;

/// Views into the connection's buffer: valid until the handler's answer is returned.
struct Request {
  std::string_view method;  ///< "GET", "POST", …
  std::string_view target;  ///< as sent
  std::string_view path;    ///< target up to '?', still percent-encoded
  std::string_view query;   ///< after '?', without it; empty when there is none
  bool has_query = false;   ///< "?" was there, even with nothing behind it
  std::vector<HeaderView> headers;
  std::string_view body;
  std::string request_id;  ///< made by the server; every answer carries it as Request-Id
  int descriptor = -1;     ///< of its connection, for peer_is_gone() alone

  /// The value of a header (the first, where it may occur twice); null when absent.
  const std::string_view* find(std::string_view name) const noexcept;
  /// The peer has closed its side, so that nobody waits for an answer any more. One system call; bytes that it sent
  /// before, TLS or not, do not hide it.
  bool peer_is_gone() const noexcept;
};

struct Response {
  int status = 200;  ///< 0: no byte is answered; with `close` the line is cut, else the peer waits until it gives up
  std::string_view content_type = "application/json";  ///< a literal
  std::string body{};
  std::vector<std::pair<std::string_view, std::string>> headers{};  ///< names are literals
  bool close = false;
};

/// application/x-www-form-urlencoded value of `name` in `query`, percent-decoded; empty when absent.
std::string query_value(std::string_view query, std::string_view name);
std::string percent_decode(std::string_view text);
/// All of them, decoded, in their order; what has no name is left out.
std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query);

}  // namespace acq::http
