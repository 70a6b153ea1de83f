// An answer as bytes: one flat buffer, so that one write sends it.
#pragma once
#include <ctime>
#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace acq::http {

/// "Tue, 24 Nov 2026 15:00:00 GMT" (RFC 9110, 5.6.7).
std::string http_date(std::time_t time);

/// The reason phrase; a generic one for a status that we do not use.
std::string_view reason_of(int status) noexcept;

/// What surrounds an answer.
struct AnswerFrame {
  std::string_view date;
  std::string_view request_id;
  bool close = false;      ///< says "Connection: close"
  bool head_only = false;  ///< the request was HEAD: lengths are told, the body is not sent
};

/// Replaces what `out` held. Control characters in header values become spaces: a value can never end its line.
void write_answer(std::string& out, const Response& response, const AnswerFrame& frame);

}  // namespace acq::http
