// Intents as JSON, each with its schema in schemas/intents. Writing is on the accept path, reading on the settle path:
// the frequent one, PaymentRequested, goes straight between text and struct; the others are in rare_intents.cpp.
#include "common/codec/intent_json.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "common/codec/base64.hpp"
#include "common/codec/rare_intents.hpp"
#include "common/codec/sax.hpp"
#include "common/codec/text_rules.hpp"

namespace acq::codec {
namespace {

constexpr std::string_view payment_requested = "payment_requested";
constexpr std::size_t sealed_code_bytes_max = 128;

template <std::size_t N>
std::string_view view(const std::array<char, N>& characters) {
  return {characters.data(), N};
}

enum class Member : std::uint8_t {
  v,
  type,
  intent_id,
  payment_id,
  merchant_id,
  merchant_order_id,
  attempt,
  amount,
  currency,
  method,
  description,
  callback_url,
  metadata,
  accepted_at,
  expires_at,
  fingerprint,
  traceparent,
  unknown
};
constexpr std::array<std::string_view, 17> member_names{
    "v",        "type",        "intent_id",  "payment_id",  "merchant_id", "merchant_order_id",
    "attempt",  "amount",      "currency",   "method",      "description", "callback_url",
    "metadata", "accepted_at", "expires_at", "fingerprint", "traceparent"};

constexpr std::uint32_t bit(Member member) {
  return 1U << static_cast<unsigned>(member);
}
constexpr std::uint32_t optional_members =
    bit(Member::description) | bit(Member::callback_url) | bit(Member::metadata) | bit(Member::traceparent);
constexpr std::uint32_t required_members = (bit(Member::unknown) - 1) & ~optional_members;

/// Stops at the first thing that is wrong: an intent is ours, so one reason is enough for its dead letter.
class IntentReader final : public SaxHandler {
 public:
  bool null() override { return refuse("is null"); }
  bool boolean(bool) override { return refuse("is a boolean"); }
  bool other_number(bool) override { return refuse("is no 64-bit integer"); }

  bool integer(std::int64_t number) override {
    if (place_ == Place::fingerprint) {
      if (number < 0 || number > UINT32_MAX) return refuse("is out of range");
      if (hashes_ == field_count) return refuse("has too many elements");
      intent.fingerprint[hashes_++] = static_cast<std::uint32_t>(number);
      return true;
    }
    if (place_ != Place::root) return refuse("is a number");
    switch (member_) {
      case Member::v:
        return number == intent_version || refuse("is another version than ours");
      case Member::attempt:
        intent.attempt = static_cast<std::int32_t>(std::clamp<std::int64_t>(number, 0, INT32_MAX));
        return in_range(number, 1, limits::attempts_max);
      case Member::amount:
        return in_range(intent.amount = number, 1, limits::amount_minor_max);
      case Member::accepted_at:
        return in_range(intent.accepted_at_ms = number, 1, time_ms_max);
      case Member::expires_at:
        return in_range(intent.expires_at_ms = number, 1, time_ms_max);
      default:
        return refuse("is a number");
    }
  }

  bool string(std::string& text) override {
    switch (place_) {
      case Place::metadata:
        return add_metadata(text);
      case Place::method:
        return take_method(text);
      case Place::root:
        return take(text);
      case Place::outside:
      case Place::fingerprint:
        return refuse("is a string");
    }
    return refuse("is a string");
  }

  bool key(std::string& name) override {
    if (place_ == Place::root) {
      member_ = static_cast<Member>(std::ranges::find(member_names, name) - member_names.begin());
      if (member_ == Member::unknown) return refuse("has an unknown member");
      seen_ |= bit(member_);
    } else if (place_ == Place::method) {
      is_code_ = name == "sealed_code";
      if (!is_code_ && name != "type") return refuse("has an unknown member");
    } else {
      metadata_key_ = std::move(name);
    }
    return true;
  }

  bool begin_object() override {
    if (place_ == Place::outside) {
      place_ = Place::root;
    } else if (place_ == Place::root && member_ == Member::method) {
      place_ = Place::method;
    } else if (place_ == Place::root && member_ == Member::metadata) {
      place_ = Place::metadata;
    } else {
      return refuse("is an object");
    }
    return true;
  }
  bool end_object() override { return leave(); }
  bool begin_array() override {
    if (place_ != Place::root || member_ != Member::fingerprint) return refuse("is an array");
    place_ = Place::fingerprint;
    return true;
  }
  bool end_array() override { return leave(); }

  /// Empty when the intent is whole.
  std::string missing() const {
    if (const auto missing = required_members & ~seen_; missing != 0) {
      return std::string(member_names[static_cast<std::size_t>(std::countr_zero(missing))]) + " is missing";
    }
    if (hashes_ != field_count) return "fingerprint has too few elements";
    if (!type_seen_) return "method has no type";
    if (intent.sealed_code.empty() != (intent.method == MethodType::qr)) return "method and sealed_code do not agree";
    return {};
  }

  PaymentRequested intent;
  std::string type;
  std::string reason;

 private:
  enum class Place : std::uint8_t { outside, root, method, metadata, fingerprint };

  bool refuse(const char* why) {
    reason = member_ == Member::unknown ? "the intent" : member_names[static_cast<std::size_t>(member_)];
    reason.append(" ").append(why);
    return false;
  }
  bool require(bool holds) { return holds || refuse("is malformed"); }
  bool in_range(std::int64_t number, std::int64_t least, std::int64_t most) {
    return (number >= least && number <= most) || refuse("is out of range");
  }
  bool leave() {
    place_ = place_ == Place::root ? Place::outside : Place::root;
    return true;
  }
  template <class Id>
  bool take_id(Id& id, std::string_view text) {
    const auto parsed = Id::parse(text);
    if (parsed) id = *parsed;
    return require(parsed.has_value());
  }

  bool take(std::string& text) {
    switch (member_) {
      case Member::type:
        type = std::move(text);
        return type == payment_requested || refuse("is not one that we know");
      case Member::intent_id:
        return take_id(intent.intent_id, text);
      case Member::payment_id:
        return take_id(intent.payment_id, text);
      case Member::merchant_id:
        return take_id(intent.merchant_id, text);
      case Member::merchant_order_id:
        intent.merchant_order_id = std::move(text);
        return require(!intent.merchant_order_id.empty() && has_order_id_characters(intent.merchant_order_id) &&
                       intent.merchant_order_id.size() <= limits::merchant_order_id_bytes_max);
      case Member::currency: {
        const auto currency = Currency::parse(text);
        if (currency) intent.currency = *currency;
        return require(currency.has_value());
      }
      case Member::description:
        intent.description = std::move(text);
        return require(!intent.description.empty() && !has_control(intent.description) &&
                       code_points(intent.description) <= limits::description_chars_max);
      case Member::callback_url:
        intent.callback_url = std::move(text);
        // http or not was the gateway's rule, and addresses are judged when they are called.
        return require(intent.callback_url.size() <= limits::callback_url_bytes_max &&
                       is_callback_url(intent.callback_url, true));
      case Member::traceparent:
        intent.traceparent = std::move(text);
        return require(intent.traceparent.size() == traceparent_bytes && is_visible_ascii(intent.traceparent));
      default:
        return refuse("is a string");
    }
  }
  bool take_method(const std::string& text) {
    if (is_code_) {
      auto sealed = decode_base64(text);
      if (!sealed || sealed->empty() || sealed->size() > sealed_code_bytes_max) return refuse("has no sealed code");
      intent.sealed_code = std::move(*sealed);
      return true;
    }
    const auto method = method_type_from_name(text);
    if (!method) return refuse("is of an unknown type");
    intent.method = *method;
    type_seen_ = true;
    return true;
  }
  bool add_metadata(std::string& text) {
    metadata_bytes_ += metadata_key_.size() + text.size();
    if (metadata_key_.empty() || metadata_key_.size() > limits::metadata_key_bytes_max ||
        metadata_bytes_ > limits::metadata_bytes_max || intent.metadata.size() == limits::metadata_pairs_max) {
      return refuse("is too large or has an empty key");
    }
    intent.metadata.emplace_back(std::move(metadata_key_), std::move(text));
    return true;
  }

  Place place_ = Place::outside;
  Member member_ = Member::unknown;
  std::uint32_t seen_ = 0;
  std::size_t hashes_ = 0;
  bool type_seen_ = false;
  bool is_code_ = false;
  std::string metadata_key_;
  std::size_t metadata_bytes_ = 0;
};

}  // namespace

std::string encode_intent(const PaymentRequested& intent) {
  std::string out;
  std::size_t bytes = 640 + intent.sealed_code.size() * 4 / 3 + intent.description.size() + intent.callback_url.size();
  for (const auto& [key, value] : intent.metadata) bytes += key.size() + value.size() + 8;
  out.reserve(bytes);
  JsonWriter w(out);
  w.begin_object();
  w.member("v", intent_version);
  w.member("type", payment_requested);
  w.member("intent_id", view(intent.intent_id.chars()));
  w.member("payment_id", view(intent.payment_id.chars()));
  w.member("merchant_id", view(intent.merchant_id.chars()));
  w.member("merchant_order_id", intent.merchant_order_id);
  w.member("attempt", intent.attempt);
  w.member("amount", intent.amount);
  w.member("currency", intent.currency.code());
  w.key("method").begin_object().member("type", name_of(intent.method));
  if (!intent.sealed_code.empty()) {
    w.key("sealed_code").raw("\"");
    append_base64(out, intent.sealed_code);
    out += '"';
  }
  w.end_object();
  if (!intent.description.empty()) w.member("description", intent.description);
  if (!intent.callback_url.empty()) w.member("callback_url", intent.callback_url);
  if (!intent.metadata.empty()) {
    w.key("metadata").begin_object();
    for (const auto& [key, value] : intent.metadata) w.member(key, value);
    w.end_object();
  }
  w.member("accepted_at", intent.accepted_at_ms);
  w.member("expires_at", intent.expires_at_ms);
  w.key("fingerprint").begin_array();
  for (const auto hash : intent.fingerprint) w.value(hash);
  w.end_array();
  if (!intent.traceparent.empty()) w.member("traceparent", intent.traceparent);
  w.end_object();
  return out;
}

Result<Intent> decode_intent(std::string_view bytes) {
  IntentReader reader;
  if (auto parsed = parse_sax(bytes, {.bytes_max = limits::intent_bytes_max}, reader); !parsed) {
    // Members have no order: what stopped the reader may stand before the type that explains it.
    if (reader.type != payment_requested) {
      if (auto rare = decode_rare(bytes)) return *std::move(rare);
    }
    return Failure(Errc::undecodable, reader.reason.empty() ? parsed.error().detail : std::move(reader.reason));
  }
  if (auto missing = reader.missing(); !missing.empty()) return Failure(Errc::undecodable, std::move(missing));
  return Intent(std::move(reader.intent));
}

}  // namespace acq::codec
