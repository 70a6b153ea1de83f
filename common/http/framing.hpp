// The framing gate: decides from the raw head alone where a request ends, before any parser sees it (RFC 9112).
// Strict on purpose: one Content-Length, no Transfer-Encoding, no folded, duplicate or bare-LF lines, no odd names.
#pragma once
#include <cstddef>
#include <string_view>

#include "common/error/result.hpp"

namespace acq::http {

struct Framing {
  std::size_t content_length = 0;
  bool has_body = false;  ///< a Content-Length was sent
  bool keep_alive = true;
  bool expects_continue = false;
};

/// `head` is everything up to and including the blank line. Failures: bad_framing, length_required (POST, PUT, PATCH
/// without Content-Length), body_too_large, headers_too_large, uri_too_long. Any of them closes the connection.
Result<Framing> check_framing(std::string_view head, std::size_t body_bytes_max);

struct RequestLine {
  std::string_view method;
  std::string_view target;
};
/// Of a head that passed check_framing().
RequestLine request_line_of(std::string_view head) noexcept;

/// The position behind the first blank line in `bytes`, or npos. A blank line made of bare LFs counts as well, so that
/// such a head is refused at once instead of being waited for. `scanned` bytes are known to hold none.
std::size_t find_head_end(std::string_view bytes, std::size_t scanned = 0) noexcept;

/// Why a head that has reached limits::head_bytes_max without a blank line is refused.
Errc head_too_large(std::string_view bytes) noexcept;

}  // namespace acq::http
