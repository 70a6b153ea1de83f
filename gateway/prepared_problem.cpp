#include "gateway/prepared_problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace acq::gateway {
namespace {

/// What stands before `mark` is cut off `text` and returned.
std::string cut_before(std::string& text, std::string_view mark) {
  const auto at = text.find(mark);
  if (at == std::string::npos) throw std::logic_error("a problem without " + std::string(mark));
  std::string front = text.substr(0, at);
  text.erase(0, at);
  return front;
}

}  // namespace

PreparedProblem::PreparedProblem(Errc code, codec::MoneyWord money) : code_(code), money_(money) {
  constexpr std::string_view id = "req_here";
  constexpr std::string_view after = "\"after_ms\":";
  codec::Problem problem{.code = code, .request_id = id, .money = money};
  codec::write_problem(back_, problem);
  front_ = cut_before(back_, id);
  back_.erase(0, id.size());
  middle_ = cut_before(back_, after) + std::string(after);
  back_.erase(0, std::min(back_.find_first_of(",}", after.size()), back_.size()));
}

http::Response PreparedProblem::answer(std::string_view request_id, std::int64_t retry_after_ms) const {
  const fmt::format_int after_ms(std::max<std::int64_t>(0, retry_after_ms));
  http::Response response;
  response.status = http_status(code_);
  response.content_type = "application/problem+json";
  response.body.reserve(front_.size() + request_id.size() + middle_.size() + after_ms.size() + back_.size());
  response.body.append(front_).append(request_id).append(middle_);
  response.body.append(after_ms.data(), after_ms.size()).append(back_);
  response.headers.reserve(1);
  response.headers.emplace_back("Retry-After",
                                fmt::format_int(std::max<std::int64_t>(1, (retry_after_ms + 999) / 1000)).str());
  return response;
}

}  // namespace acq::gateway
