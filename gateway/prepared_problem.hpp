// A problem answer rendered beforehand, all but the request's id and the time to wait, so that refusing costs a copy.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "common/codec/api_json.hpp"
#include "common/error/errc.hpp"
#include "common/http/message.hpp"

namespace acq::gateway {

class PreparedProblem {
 public:
  PreparedProblem(Errc code, codec::MoneyWord money);
  Errc code() const noexcept { return code_; }
  codec::MoneyWord money() const noexcept { return money_; }
  /// Byte for byte what codec::write_problem would write, but for `retry.after_ms`; Retry-After says the same, rounded
  /// up to seconds.
  http::Response answer(std::string_view request_id, std::int64_t retry_after_ms) const;

 private:
  Errc code_;
  codec::MoneyWord money_;
  std::string front_;   ///< up to the request's id
  std::string middle_;  ///< up to retry.after_ms
  std::string back_;
};

}  // namespace acq::gateway
