// openapi.yaml's table of answers, read from the merchant's side.
#include "loadtest/load/retry_rules.hpp"

#include <algorithm>
#include <charconv>

#include "common/codec/api_json.hpp"

namespace acq::load {
namespace {

/// Answers that were given before anything was reserved: no trace of this try is left.
bool nothing_reserved(std::string_view code) {
  return code == "log_unavailable" || code == "overloaded" || code == "draining" || code == "retention_short" ||
         code == "rate_limited" || code == "too_many_in_flight";
}

}  // namespace

Judgement judge_create(const http::ClientAnswer* answer) {
  Judgement judged;
  if (answer == nullptr) {
    judged.code = "no_answer";
    judged.may_exist = true;
    return judged;
  }
  if (answer->status >= 200 && answer->status < 300) {
    const auto payment = codec::read_payment(answer->body);
    judged.may_exist = true;
    if (!payment) {
      judged.code = "unreadable_answer";
      return judged;
    }
    judged.next = Next::accepted;
    judged.payment_id = payment->payment_id;
    judged.state = name_of(payment->state);
    return judged;
  }
  if (const auto problem = codec::read_problem(answer->body); problem) {
    judged.code = problem->code;
    judged.payment_id = problem->payment_id;
  } else {
    judged.code = "http_" + std::to_string(answer->status);
  }
  const bool again = answer->status >= 500 || answer->status == 409 || answer->status == 429 || answer->status == 408;
  judged.next = again ? Next::again : Next::refused;
  judged.may_exist = again && !nothing_reserved(judged.code);

  const std::string_view seconds = answer->header("Retry-After");
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(seconds.data(), seconds.data() + seconds.size(), value);
  if (error == std::errc{} && end == seconds.data() + seconds.size() && value > 0) {
    judged.retry_after_ms = std::min<std::int64_t>(value, 60) * 1000;
  }
  return judged;
}

std::int64_t retry_delay_ms(std::int64_t retry_after_ms, std::int32_t tries, double random) noexcept {
  const std::int64_t backoff_ms = std::min<std::int64_t>(2'000, 100LL << std::clamp(tries - 1, 0, 10));
  const std::int64_t base_ms = retry_after_ms > 0 ? retry_after_ms : backoff_ms;
  return base_ms + static_cast<std::int64_t>(static_cast<double>(base_ms) * 0.5 * random);
}

}  // namespace acq::load
