#include "settlement/operations/api/route.hpp"

namespace acq::settlement::operations {

http::Response json_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Failure field(std::string pointer, std::string code) {
  return Failure(Errc::invalid_field, std::vector<FieldFault>{{std::move(pointer), std::move(code)}});
}

Result<Act> act_of(const Asked& asked) {
  Act act{asked.operator_name, std::string(asked.body.string_or("reason")), flag_of(asked, "apply")};
  if ((act.apply || !act.reason.empty()) && !is_reason(act.reason)) return field("/reason", "length_or_characters");
  return act;
}

Result<std::size_t> limit_of(const Asked& asked, std::size_t fallback, std::size_t most) {
  auto number = number_of(asked, "limit", static_cast<std::int64_t>(fallback));
  if (!number) return number.error();
  if (*number < 1 || *number > static_cast<std::int64_t>(most)) return field("/limit", "range");
  return static_cast<std::size_t>(*number);
}

Result<std::int64_t> number_of(const Asked& asked, std::string_view name, std::int64_t fallback) {
  const auto* member = asked.body.find(name);
  if (member == nullptr && fallback >= 0) return fallback;
  const auto* number = member == nullptr ? nullptr : member->integer();
  if (number == nullptr || *number < 0) return field("/" + std::string(name), "range");
  return *number;
}

bool flag_of(const Asked& asked, std::string_view name) {
  const auto* member = asked.body.find(name);
  const auto* flag = member == nullptr ? nullptr : member->boolean();
  return flag != nullptr && *flag;
}

std::optional<IntentId> intent_from(std::string_view text) {
  if (const auto payment = PaymentId::parse(text)) return IntentId{payment->bytes};
  if (const auto refund = RefundId::parse(text)) return same_bytes<IntentId>(*refund);
  return IntentId::parse(text);
}

}  // namespace acq::settlement::operations
