#include "common/codec/rare_intents.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "common/codec/intent_json.hpp"
#include "common/codec/json_document.hpp"
#include "common/codec/text_rules.hpp"

namespace acq::codec {
namespace {

constexpr std::string_view close_requested = "close_requested";
constexpr std::string_view channel_notified = "channel_notified";
constexpr std::string_view refund_requested = "refund_requested";

template <std::size_t N>
std::string_view view(const std::array<char, N>& characters) {
  return {characters.data(), N};
}

/// What is rare on the log is read through a tree. Strict like the reader above: a member that we do not know might
/// change what was asked.
class RareReader {
 public:
  explicit RareReader(const JsonValue& document) : document_(document) {}

  template <class Id>
  Id id(std::string_view member) {
    const auto parsed = Id::parse(text(member));
    require(parsed.has_value(), member);
    return parsed.value_or(Id{});
  }
  std::string_view text(std::string_view member) {
    const auto* found = optional(member);
    require(found != nullptr && found->string() != nullptr, member);
    return found != nullptr && found->string() != nullptr ? std::string_view(*found->string()) : std::string_view();
  }
  std::int64_t number(std::string_view member, std::int64_t least, std::int64_t most) {
    const auto* found = optional(member);
    const bool fits =
        found != nullptr && found->integer() != nullptr && *found->integer() >= least && *found->integer() <= most;
    require(fits, member);
    return fits ? *found->integer() : least;
  }
  /// A merchant's own number: 1 to 64 of A-Z a-z 0-9 _ -.
  std::string merchants_number(std::string_view member, std::size_t bytes_max) {
    const auto found = text(member);
    require(!found.empty() && found.size() <= bytes_max && has_order_id_characters(found), member);
    return std::string(found);
  }
  std::string traceparent() {
    const auto* trace = optional("traceparent");
    if (trace == nullptr) return {};
    const std::string found = trace->string() == nullptr ? std::string() : *trace->string();
    require(found.size() == traceparent_bytes && is_visible_ascii(found), "traceparent");
    return found;
  }
  template <std::size_t N>
  std::array<std::uint32_t, N> hashes(std::string_view member) {
    std::array<std::uint32_t, N> hashes{};
    const auto* found = optional(member);
    const auto* elements = found == nullptr ? nullptr : found->array();
    require(elements != nullptr && elements->size() == N, member);
    for (std::size_t i = 0; elements != nullptr && i < std::min(N, elements->size()); ++i) {
      const auto* number = (*elements)[i].integer();
      const bool fits = number != nullptr && *number >= 0 && *number <= UINT32_MAX;
      require(fits, member);
      if (fits) hashes[i] = static_cast<std::uint32_t>(*number);
    }
    return hashes;
  }
  void version() {
    const auto* found = optional("v");
    const bool written = found != nullptr && found->integer() != nullptr;
    require(written, "v");
    if (written && *found->integer() != intent_version) reason_ = "v is another version than ours";
  }
  /// Null when it is not there; counted as known either way.
  const JsonValue* optional(std::string_view member) {
    const auto* found = document_.find(member);
    if (found != nullptr) ++known_;
    return found;
  }
  void require(bool holds, std::string_view member) {
    if (!holds && reason_.empty()) reason_ = std::string(member) + " is missing or malformed";
  }
  /// Empty when all was well.
  std::string reason() const {
    if (reason_.empty() && known_ != document_.object()->size()) return "the intent has an unknown member";
    return reason_;
  }

 private:
  const JsonValue& document_;
  std::size_t known_ = 0;
  std::string reason_;
};

void read_head(RareReader& reader) {
  reader.version();
  reader.text("type");
}

Result<Intent> read_close(RareReader& reader) {
  CloseRequested close;
  read_head(reader);
  close.intent_id = reader.id<IntentId>("intent_id");
  if (const auto* known = reader.optional("payment_id")) {
    close.payment_id = PaymentId::parse(known->string() == nullptr ? std::string_view() : *known->string());
    reader.require(close.payment_id.has_value(), "payment_id");
  }
  close.merchant_id = reader.id<MerchantId>("merchant_id");
  close.merchant_order_id = reader.merchants_number("merchant_order_id", limits::merchant_order_id_bytes_max);
  close.attempt = static_cast<std::int32_t>(reader.number("attempt", 1, limits::attempts_max));
  close.accepted_at_ms = reader.number("accepted_at", 1, time_ms_max);
  close.traceparent = reader.traceparent();
  if (auto reason = reader.reason(); !reason.empty()) return Failure(Errc::undecodable, std::move(reason));
  return Intent(std::move(close));
}

Result<Intent> read_notified(RareReader& reader) {
  ChannelNotified notified;
  read_head(reader);
  notified.intent_id = reader.id<IntentId>("intent_id");
  notified.payment_id = reader.id<PaymentId>("payment_id");
  notified.attempt = static_cast<std::int32_t>(reader.number("attempt", 1, limits::attempts_max));
  notified.accepted_at_ms = reader.number("accepted_at", 1, time_ms_max);
  notified.answer = reader.text("answer");
  reader.require(!notified.answer.empty(), "answer");
  if (auto reason = reader.reason(); !reason.empty()) return Failure(Errc::undecodable, std::move(reason));
  return Intent(std::move(notified));
}

Result<Intent> read_refund(RareReader& reader) {
  RefundRequested refund;
  read_head(reader);
  refund.intent_id = reader.id<IntentId>("intent_id");
  refund.refund_id = reader.id<RefundId>("refund_id");
  // The refund's row is its intent's row (P11).
  reader.require(same_bytes<IntentId>(refund.refund_id) == refund.intent_id, "refund_id");
  refund.payment_id = reader.id<PaymentId>("payment_id");
  refund.merchant_id = reader.id<MerchantId>("merchant_id");
  refund.merchant_order_id = reader.merchants_number("merchant_order_id", limits::merchant_order_id_bytes_max);
  refund.merchant_refund_id = reader.merchants_number("merchant_refund_id", limits::merchant_refund_id_bytes_max);
  refund.amount = reader.number("amount", 1, limits::amount_minor_max);
  const auto currency = Currency::parse(reader.text("currency"));
  reader.require(currency.has_value(), "currency");
  refund.currency = currency.value_or(Currency{});
  if (const auto* reason = reader.optional("reason")) {
    if (reason->string() != nullptr) refund.reason = *reason->string();
    reader.require(!refund.reason.empty() && !has_control(refund.reason) &&
                       code_points(refund.reason) <= limits::refund_reason_chars_max,
                   "reason");
  }
  refund.accepted_at_ms = reader.number("accepted_at", 1, time_ms_max);
  refund.fingerprint = reader.hashes<refund_field_count>("fingerprint");
  refund.traceparent = reader.traceparent();
  if (auto reason = reader.reason(); !reason.empty()) return Failure(Errc::undecodable, std::move(reason));
  return Intent(std::move(refund));
}

}  // namespace

std::optional<Result<Intent>> decode_rare(std::string_view bytes) {
  auto document =
      parse_json(bytes, {.string_bytes_max = limits::notification_bytes_max, .bytes_max = limits::intent_bytes_max});
  if (!document) return Failure(Errc::undecodable, document.error().detail);
  const auto type = document->string_or("type");
  RareReader reader(*document);
  if (type == close_requested) return read_close(reader);
  if (type == channel_notified) return read_notified(reader);
  if (type == refund_requested) return read_refund(reader);
  return std::nullopt;
}

std::string encode_intent(const CloseRequested& intent) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("v", intent_version).member("type", close_requested);
  w.member("intent_id", view(intent.intent_id.chars()));
  if (intent.payment_id) w.member("payment_id", view(intent.payment_id->chars()));
  w.member("merchant_id", view(intent.merchant_id.chars())).member("merchant_order_id", intent.merchant_order_id);
  w.member("attempt", intent.attempt).member("accepted_at", intent.accepted_at_ms);
  if (!intent.traceparent.empty()) w.member("traceparent", intent.traceparent);
  w.end_object();
  return out;
}

std::string encode_intent(const ChannelNotified& intent) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("v", intent_version).member("type", channel_notified);
  w.member("intent_id", view(intent.intent_id.chars())).member("payment_id", view(intent.payment_id.chars()));
  w.member("attempt", intent.attempt).member("accepted_at", intent.accepted_at_ms).member("answer", intent.answer);
  w.end_object();
  return out;
}

std::string encode_intent(const RefundRequested& intent) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("v", intent_version).member("type", refund_requested);
  w.member("intent_id", view(intent.intent_id.chars())).member("refund_id", view(intent.refund_id.chars()));
  w.member("payment_id", view(intent.payment_id.chars())).member("merchant_id", view(intent.merchant_id.chars()));
  w.member("merchant_order_id", intent.merchant_order_id).member("merchant_refund_id", intent.merchant_refund_id);
  w.member("amount", intent.amount).member("currency", intent.currency.code());
  if (!intent.reason.empty()) w.member("reason", intent.reason);
  w.member("accepted_at", intent.accepted_at_ms);
  w.key("fingerprint").begin_array();
  for (const auto hash : intent.fingerprint) w.value(hash);
  w.end_array();
  if (!intent.traceparent.empty()) w.member("traceparent", intent.traceparent);
  w.end_object();
  return out;
}

}  // namespace acq::codec
