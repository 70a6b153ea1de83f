#include "common/http/answer_text.hpp"

#include <fmt/format.h>

#include "common/http/characters.hpp"

namespace acq::http {
namespace {

void append(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void append_checked(std::string& out, std::string_view name, std::string_view value) {
  const auto start = out.size();
  append(out, name, value);
  const auto first = out.begin() + static_cast<std::ptrdiff_t>(start);
  std::replace_if(first, out.end() - 2, is_control, ' ');
}

/// RFC 9110, 8.6: these have no content and tell no length.
bool has_no_content(int status) {
  return status == 204 || status == 304;
}

}  // namespace

std::string http_date(std::time_t time) {
  constexpr std::string_view days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon],
                     utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

void write_answer(std::string& out, const Response& response, const AnswerFrame& frame) {
  out.clear();
  out += "HTTP/1.1 ";
  out += fmt::format_int(response.status).c_str();
  out += ' ';
  out += reason_of(response.status);
  out += "\r\n";
  append(out, "Date", frame.date);
  if (!response.body.empty()) append(out, "Content-Type", response.content_type);
  if (!has_no_content(response.status)) append(out, "Content-Length", fmt::format_int(response.body.size()).c_str());
  append(out, "Request-Id", frame.request_id);
  for (const auto& [name, value] : response.headers) append_checked(out, name, value);
  if (frame.close) append(out, "Connection", "close");
  out += "\r\n";
  if (!frame.head_only && !has_no_content(response.status)) out += response.body;
}

}  // namespace acq::http
