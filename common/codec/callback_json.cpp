// Callback bodies: written once per snapshot, read by the demo merchant and the tests.
#include "common/codec/callback_json.hpp"

#include <stdexcept>

#include "common/codec/json_document.hpp"
#include "common/codec/payment_view.hpp"
#include "common/codec/text_rules.hpp"

namespace acq::codec {
namespace {

/// Empty: merchants are not told of this state.
std::string_view type_of(PaymentState state) {
  switch (state) {
    case PaymentState::accepted:
    case PaymentState::processing:
      return {};
    case PaymentState::awaiting_payer:
      return "payment.awaiting_payer";
    case PaymentState::succeeded:
      return "payment.succeeded";
    case PaymentState::declined:
      return "payment.declined";
    case PaymentState::closed:
      return "payment.closed";
    case PaymentState::refused:
      return "payment.refused";
    case PaymentState::unknown:
      return "payment.unknown";
    case PaymentState::reversed:
      return "payment.reversed";
  }
  throw std::logic_error("a state that is not one");
}

}  // namespace

std::optional<std::string> callback_type(PaymentState state) {
  const auto type = type_of(state);
  if (type.empty()) return std::nullopt;
  return std::string(type);
}

std::string encode_callback(const Payment& payment) {
  const auto type = type_of(payment.state);
  if (type.empty()) throw std::logic_error("a callback about a state that merchants are not told of");
  std::string out;
  out.reserve(1024);
  JsonWriter w(out);
  w.begin_object().member("type", type).member("timestamp", time_text(payment.updated_at_ms).view()).key("data");
  write_payment(out, payment);
  w.end_object();
  return out;
}

Result<CallbackView> read_callback(std::string_view body) {
  auto document = parse_json(body, {.string_bytes_max = 64 * 1024});
  if (!document) return document.error();
  const auto* data = document->find("data");
  if (data == nullptr || !parse_rfc3339(document->string_or("timestamp"))) {
    return Failure(Errc::undecodable, "not a callback: data or timestamp is missing");
  }
  auto payment = payment_view(*data);
  if (!payment) return payment.error();
  CallbackView callback{std::string(document->string_or("type")), std::move(*payment)};
  if (callback.type.empty() || callback.type != type_of(callback.payment.state)) {
    return Failure(Errc::undecodable, "a callback whose type and state differ");
  }
  return callback;
}

}  // namespace acq::codec
