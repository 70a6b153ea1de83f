// How use cases say what became of a request, and the one place where that becomes an HTTP answer.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/codec/api_json.hpp"
#include "common/domain/payment.hpp"
#include "common/error/result.hpp"
#include "common/http/message.hpp"

namespace acq::gateway {

using codec::MoneyWord;

/// A payment as a merchant sees it, ready to send.
struct Shown {
  std::int32_t sequence = 0;
  std::string json;
  /// A later attempt that is not stored yet has the sequence of the one before, and another tag.
  std::int32_t pending_attempt = 0;
};
Shown show(const Payment& payment, std::span<const PaymentId> aliases = {});

/// Why a request got nothing. Codes that merchants are not told become `internal`.
struct Refusal {
  Errc code;
  MoneyWord money = MoneyWord::none;
  std::vector<FieldFault> faults{};
  std::optional<PaymentId> payment_id{};
  std::optional<Payment> payment{};
  std::optional<RefundId> refund_id{};
  std::optional<std::int64_t> remaining{};  ///< of refund_exceeds: what can still be refunded
};

using Reading = std::variant<Refusal, Shown>;

/// RFC 9457, with Retry-After wherever waiting helps (always on 429 and 503).
http::Response problem_response(const Refusal& refusal, std::string_view request_id);
/// 200 with ETag, or 304 when `if_none_match` has it.
http::Response payment_response(Shown shown, std::string_view if_none_match);

std::string entity_tag(std::int32_t sequence);
std::string entity_tag(const Shown& shown);

}  // namespace acq::gateway
