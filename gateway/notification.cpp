#include "gateway/notification.hpp"

#include <charconv>
#include <optional>

#include "common/codec/channel_json.hpp"
#include "common/limits.hpp"

namespace acq::gateway {
namespace {

struct Charge {
  PaymentId payment_id;
  std::int32_t attempt = 1;
};

/// "pay_…-2", exactly as channel_request_id() writes it.
std::optional<Charge> charge_of(std::string_view request_id) {
  const auto dash = request_id.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto payment_id = PaymentId::parse(request_id.substr(0, dash));
  const auto digits = request_id.substr(dash + 1);
  std::int32_t attempt = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), attempt);
  if (!payment_id || attempt < 1 || attempt > limits::attempts_max) return std::nullopt;
  if (channel_request_id(*payment_id, attempt) != request_id) return std::nullopt;
  return Charge{*payment_id, attempt};
}

}  // namespace

Result<ChannelNotified> read_notification(std::string body, std::int64_t now_ms, std::uint64_t random) {
  if (body.size() > limits::notification_bytes_max) return Failure(Errc::malformed_json, "a notification is too long");
  const auto answer = codec::decode_charge_answer(body);
  if (!answer) return Failure(Errc::malformed_json, answer.error().detail);
  if (answer->status == "unheard") return Failure(Errc::malformed_json, "a notification says unheard");
  const auto charge = charge_of(answer->request_id);
  if (!charge) return Failure(Errc::malformed_json, "a notification's request id is none of ours");
  ChannelNotified notified;
  notified.intent_id = make_intent_id(now_ms, route_of(charge->payment_id), random);
  notified.payment_id = charge->payment_id;
  notified.attempt = charge->attempt;
  notified.accepted_at_ms = now_ms;
  notified.answer = std::move(body);
  return notified;
}

}  // namespace acq::gateway
