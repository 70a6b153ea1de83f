// read_payment_request: openapi.yaml's table, straight into the struct, every wrong field named. On the accept path: no
// tree.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "common/codec/api_json.hpp"
#include "common/codec/sax.hpp"
#include "common/codec/text_rules.hpp"

namespace acq::codec {
namespace {

constexpr JsonLimits request_limits{.string_bytes_max = limits::body_bytes_max, .bytes_max = limits::body_bytes_max};

/// A default expiry must be allowed to be asked for, too (P7).
static_assert(limits::expiry_barcode_default_ms > std::int64_t{limits::offer_window_ms});

class RequestReader final : public SaxHandler {
 public:
  explicit RequestReader(const RequestRules& rules) : rules_(rules) {}

  bool null() override { return wrong_type(); }
  bool boolean(bool) override { return wrong_type(); }

  bool other_number(bool integral) override {
    // 2^64 is out of range; 1.0 and 1e2 are no integers, whatever their value.
    if (integral && here(Member::amount)) return fault("/amount", "range");
    if (integral && here(Member::attempt)) return fault("/attempt", "range");
    return wrong_type();
  }

  bool integer(std::int64_t number) override {
    if (here(Member::amount)) {
      request.amount = number;
      return number >= 1 && number <= limits::amount_minor_max ? true : fault("/amount", "range");
    }
    if (here(Member::attempt)) {
      if (number < 1 || number > limits::attempts_max) return fault("/attempt", "range");
      request.attempt = static_cast<std::int32_t>(number);
      return true;
    }
    return wrong_type();
  }

  bool string(std::string& text) override {
    switch (place_) {
      case Place::outside:
        return wrong_type();
      case Place::skipped:
        return true;
      case Place::metadata:
        return add_metadata(text);
      case Place::method:
        if (method_member_ == MethodMember::type) return take_method_type(text);
        if (method_member_ == MethodMember::code) request.code = std::move(text);
        return true;
      case Place::root:
        break;
    }
    switch (member_) {
      case Member::merchant_order_id:
        return take_order_id(text);
      case Member::currency:
        return take_currency(text);
      case Member::description:
        return take_description(text);
      case Member::callback_url:
        return take_callback_url(text);
      case Member::expires_at:
        request.expires_at_sent = std::move(text);
        return true;
      case Member::amount:
      case Member::method:
      case Member::attempt:
      case Member::metadata:
        return wrong_type();
      case Member::unknown:
        return true;
    }
    return true;
  }

  bool key(std::string& name) override {
    switch (place_) {
      case Place::root:
        member_ = member_named(name);
        if (member_ == Member::unknown) return fault_at({}, name, "unknown");
        seen_ |= bit(member_);
        return true;
      case Place::method:
        method_member_ = name == "type"   ? MethodMember::type
                         : name == "code" ? MethodMember::code
                                          : MethodMember::unknown;
        if (method_member_ == MethodMember::unknown) return fault_at("/method", name, "unknown");
        (method_member_ == MethodMember::type ? type_seen_ : code_seen_) = true;
        return true;
      case Place::metadata:
        metadata_key_ = std::move(name);
        return true;
      case Place::outside:
      case Place::skipped:
        return true;
    }
    return true;
  }

  bool begin_object() override {
    if (place_ == Place::outside) {
      place_ = Place::root;
    } else if (here(Member::method)) {
      place_ = Place::method;
    } else if (here(Member::metadata)) {
      place_ = Place::metadata;
    } else {
      skip();
    }
    return true;
  }
  bool begin_array() override {
    skip();
    return true;
  }
  bool end_object() override {
    if (place_ == Place::skipped) return unskip();
    place_ = place_ == Place::root ? Place::outside : Place::root;
    return true;
  }
  bool end_array() override { return unskip(); }

  /// What only the whole body can say: what is missing, and what depends on two members.
  void finish(std::int64_t now_ms) {
    if (!root_is_object_) return;
    for (const auto member : {Member::merchant_order_id, Member::amount, Member::currency, Member::method}) {
      if ((seen_ & bit(member)) == 0) fault_at({}, member_names[static_cast<std::size_t>(member)], "required");
    }
    finish_method();
    finish_expiry(now_ms);
  }

  PaymentRequest request;
  std::vector<FieldFault> faults;

 private:
  enum class Place : std::uint8_t { outside, root, method, metadata, skipped };
  enum class MethodMember : std::uint8_t { type, code, unknown };
  enum class Member : std::uint8_t {
    merchant_order_id,
    amount,
    currency,
    method,
    description,
    attempt,
    callback_url,
    expires_at,
    metadata,
    unknown
  };
  static constexpr std::array<std::string_view, 9> member_names{
      "merchant_order_id", "amount",       "currency",   "method",  "description",
      "attempt",           "callback_url", "expires_at", "metadata"};

  static Member member_named(std::string_view name) {
    return static_cast<Member>(std::ranges::find(member_names, name) - member_names.begin());
  }
  static constexpr std::uint32_t bit(Member member) { return 1U << static_cast<unsigned>(member); }

  bool here(Member member) const { return place_ == Place::root && member_ == member; }

  // Adding a fault does not stop the parse: a merchant wants all of them at once.
  bool fault(std::string pointer, const char* code) {
    const bool named = std::ranges::find(faults, pointer, &FieldFault::pointer) != faults.end();
    if (!named && faults.size() < limits::field_faults_max) faults.push_back({std::move(pointer), code});
    return true;
  }
  bool fault_at(std::string pointer, std::string_view name, const char* code) {
    append_pointer(pointer, name);
    return fault(std::move(pointer), code);
  }

  bool wrong_type() {
    switch (place_) {
      case Place::outside:
        root_is_object_ = false;
        return fault("", "type");
      case Place::root:
        if (member_ != Member::unknown) fault_at({}, member_names[static_cast<std::size_t>(member_)], "type");
        return true;
      case Place::method:
        if (method_member_ == MethodMember::type) fault("/method/type", "type");
        if (method_member_ == MethodMember::code) fault("/method/code", "type");
        return true;
      case Place::metadata:
        return fault_at("/metadata", metadata_key_, "type");
      case Place::skipped:
        return true;
    }
    return true;
  }

  void skip() {
    if (place_ != Place::skipped) {
      wrong_type();
      skipped_from_ = place_;
      place_ = Place::skipped;
    }
    ++skip_depth_;
  }
  bool unskip() {
    if (--skip_depth_ == 0) place_ = skipped_from_;
    return true;
  }

  bool take_order_id(std::string& text) {
    if (text.empty() || !has_order_id_characters(text)) return fault("/merchant_order_id", "format");
    if (text.size() > limits::merchant_order_id_bytes_max) return fault("/merchant_order_id", "too_long");
    request.merchant_order_id = std::move(text);
    return true;
  }
  bool take_currency(const std::string& text) {
    const auto currency = Currency::parse(text);
    if (!currency) return fault("/currency", "format");
    request.currency = *currency;
    return true;
  }
  bool take_description(std::string& text) {
    if (text.empty() || has_control(text)) return fault("/description", "format");
    if (code_points(text) > limits::description_chars_max) return fault("/description", "too_long");
    request.description = std::move(text);
    return true;
  }
  bool take_callback_url(std::string& text) {
    if (text.size() > limits::callback_url_bytes_max) return fault("/callback_url", "too_long");
    if (!is_callback_url(text, rules_.callback_http_allowed)) return fault("/callback_url", "format");
    request.callback_url = std::move(text);
    return true;
  }
  bool take_method_type(const std::string& text) {
    const auto method = method_type_from_name(text);
    if (!method) return fault("/method/type", "format");
    request.method = *method;
    type_known_ = true;
    return true;
  }
  bool add_metadata(std::string& text) {
    if (metadata_key_.empty()) return fault("/metadata/", "format");
    if (metadata_key_.size() > limits::metadata_key_bytes_max) return fault_at("/metadata", metadata_key_, "too_long");
    metadata_bytes_ += metadata_key_.size() + text.size();
    if (metadata_bytes_ > limits::metadata_bytes_max) return fault("/metadata", "too_long");
    if (request.metadata.size() == limits::metadata_pairs_max) return fault("/metadata", "range");
    request.metadata.emplace_back(std::move(metadata_key_), std::move(text));
    return true;
  }

  bool is_faulty(std::string_view pointer) const {
    return std::ranges::find(faults, pointer, &FieldFault::pointer) != faults.end();
  }
  void finish_method() {
    if ((seen_ & bit(Member::method)) == 0 || is_faulty("/method")) return;
    if (!type_seen_) fault("/method/type", "required");
    if (!type_known_) return;
    if (request.method == MethodType::qr) {
      if (code_seen_) fault("/method/code", "unknown");
    } else if (!code_seen_) {
      fault("/method/code", "required");
    } else if (request.code.size() > limits::code_digits_max) {
      fault("/method/code", "too_long");
    } else if (request.code.size() < limits::code_digits_min || !has_digits_only(request.code)) {
      fault("/method/code", "format");
    }
  }
  void finish_expiry(std::int64_t now_ms) {
    if ((seen_ & bit(Member::expires_at)) == 0) {
      request.expires_at_ms = now_ms + (request.method == MethodType::qr ? limits::expiry_qr_default_ms
                                                                         : limits::expiry_barcode_default_ms);
      return;
    }
    if (is_faulty("/expires_at")) return;
    const auto expires_at_ms = parse_rfc3339(request.expires_at_sent);
    if (!expires_at_ms) {
      fault("/expires_at", "format");
    } else if (*expires_at_ms <= now_ms + std::int64_t{limits::offer_window_ms} ||  // P7: it outlives its own offer
               *expires_at_ms > now_ms + limits::expiry_ahead_ms_max) {
      fault("/expires_at", "range");
    } else {
      request.expires_at_ms = *expires_at_ms;
    }
  }

  const RequestRules& rules_;
  Place place_ = Place::outside;
  Place skipped_from_ = Place::outside;
  std::size_t skip_depth_ = 0;
  bool root_is_object_ = true;
  Member member_ = Member::unknown;
  MethodMember method_member_ = MethodMember::unknown;
  std::uint32_t seen_ = 0;
  bool type_seen_ = false;
  bool type_known_ = false;
  bool code_seen_ = false;
  std::string metadata_key_;
  std::size_t metadata_bytes_ = 0;
};

}  // namespace

Result<PaymentRequest> read_payment_request(std::string_view body, std::int64_t now_ms, const RequestRules& rules) {
  RequestReader reader(rules);
  if (auto parsed = parse_sax(body, request_limits, reader); !parsed) return parsed.error();
  reader.finish(now_ms);
  if (!reader.faults.empty()) return Failure(Errc::invalid_field, std::move(reader.faults));
  return std::move(reader.request);
}

std::string write_payment_request(const PaymentRequest& request) {
  std::string out;
  out.reserve(512 + request.description.size() + request.callback_url.size());
  JsonWriter w(out);
  w.begin_object();
  w.member("merchant_order_id", request.merchant_order_id);
  w.member("amount", request.amount);
  w.member("currency", request.currency.code());
  w.key("method").begin_object().member("type", name_of(request.method));
  if (!request.code.empty()) w.member("code", request.code);
  w.end_object();
  if (!request.description.empty()) w.member("description", request.description);
  if (request.attempt != 1) w.member("attempt", request.attempt);
  if (!request.callback_url.empty()) w.member("callback_url", request.callback_url);
  if (!request.expires_at_sent.empty()) w.member("expires_at", request.expires_at_sent);
  if (!request.metadata.empty()) {
    w.key("metadata").begin_object();
    for (const auto& [key, value] : request.metadata) w.member(key, value);
    w.end_object();
  }
  w.end_object();
  return out;
}

}  // namespace acq::codec
