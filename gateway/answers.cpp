#include "gateway/answers.hpp"

#include <algorithm>

#include "gateway/request_headers.hpp"

namespace acq::gateway {
namespace {

Errc told_code(Errc code) {
  return entry_of(code).told_to_merchants ? code : Errc::internal;
}

}  // namespace

Shown show(const Payment& payment, std::span<const PaymentId> aliases) {
  Shown shown;
  shown.sequence = payment.sequence;
  shown.json.reserve(512);
  codec::write_payment(shown.json, payment, aliases);
  return shown;
}

http::Response problem_response(const Refusal& refusal, std::string_view request_id) {
  const Errc code = told_code(refusal.code);
  http::Response response;
  response.status = http_status(code);
  response.content_type = "application/problem+json";
  codec::Problem problem{code,
                         request_id,
                         refusal.money,
                         {},
                         refusal.faults,
                         refusal.payment_id,
                         refusal.payment ? &*refusal.payment : nullptr,
                         refusal.refund_id,
                         refusal.remaining};
  codec::write_problem(response.body, problem);
  const auto& entry = entry_of(code);
  const bool busy = response.status == 429 || response.status == 503;
  if (busy || entry.retry_after_ms > 0) {
    const std::int32_t seconds = std::max(1, (entry.retry_after_ms + 999) / 1000);
    response.headers.emplace_back("Retry-After", std::to_string(seconds));
  }
  return response;
}

http::Response payment_response(Shown shown, std::string_view if_none_match) {
  http::Response response;
  std::string etag = entity_tag(shown);
  if (matches_etag(if_none_match, etag)) {
    response.status = 304;
  } else {
    response.body = std::move(shown.json);
  }
  response.headers.emplace_back("ETag", std::move(etag));
  return response;
}

std::string entity_tag(std::int32_t sequence) {
  return '"' + std::to_string(sequence) + '"';
}

std::string entity_tag(const Shown& shown) {
  if (shown.pending_attempt == 0) return entity_tag(shown.sequence);
  return '"' + std::to_string(shown.sequence) + "-" + std::to_string(shown.pending_attempt) + '"';
}

}  // namespace acq::gateway
