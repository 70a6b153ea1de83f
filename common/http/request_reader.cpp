#include "common/http/request_reader.hpp"

#include "common/http/characters.hpp"
#include "common/http/head_parser.hpp"
#include "common/limits.hpp"

namespace acq::http {

ReadStep RequestReader::refuse(Errc why) noexcept {
  refusal_ = why;
  return ReadStep::refused;
}

std::size_t RequestReader::wanted() const noexcept {
  return head_complete() ? consumed() : limits::head_bytes_max;
}

ReadStep RequestReader::advance(std::string_view bytes, Request& request) {
  if (!head_complete()) {
    // No method begins like this, so its end is not waited for: a TLS client on a plain port, or an empty line.
    if (!bytes.empty() && !is_letter(bytes.front())) return refuse(Errc::bad_framing);
    const std::size_t end = find_head_end(bytes, scanned_);
    if (end == std::string_view::npos) {
      scanned_ = bytes.size();
      return bytes.size() < limits::head_bytes_max ? ReadStep::need_more : refuse(head_too_large(bytes));
    }
    const auto framing = check_framing(bytes.substr(0, end), body_bytes_max_);
    if (!framing) return refuse(framing.error().code);
    head_bytes_ = end;
    framing_ = *framing;
    if (stop_at_head_) return ReadStep::head_complete;
  }
  if (bytes.size() < consumed()) {
    if (!framing_.expects_continue || continue_said_ || bytes.size() > head_bytes_) return ReadStep::need_more;
    continue_said_ = true;
    return ReadStep::say_continue;
  }
  // Only now, because reading a body may move the buffer that the fields point into.
  if (!parse_head(bytes.substr(0, head_bytes_), framing_.content_length, request)) return refuse(Errc::bad_framing);
  request.body = bytes.substr(head_bytes_, framing_.content_length);
  return ReadStep::ready;
}

}  // namespace acq::http
