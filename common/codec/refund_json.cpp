// A flat object, straight into the struct; every wrong member is named, as in a create's body.
#include "common/codec/refund_json.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "common/codec/json_document.hpp"
#include "common/codec/sax.hpp"
#include "common/codec/text_rules.hpp"

namespace acq::codec {
namespace {

constexpr JsonLimits request_limits{.string_bytes_max = limits::body_bytes_max, .bytes_max = limits::body_bytes_max};

class RefundReader final : public SaxHandler {
 public:
  bool null() override { return wrong_type(); }
  bool boolean(bool) override { return wrong_type(); }
  bool other_number(bool integral) override {
    // 2^64 is out of range; 1.0 and 1e2 are no integers, whatever their value.
    return integral && here(Member::amount) ? fault(Member::amount, "range") : wrong_type();
  }
  bool integer(std::int64_t number) override {
    if (!here(Member::amount)) return wrong_type();
    if (number < 1 || number > limits::amount_minor_max) return fault(Member::amount, "range");
    wanted.amount = number;
    return true;
  }
  bool string(std::string& text) override {
    if (here(Member::merchant_refund_id)) return take_number(text);
    if (here(Member::reason)) return take_reason(text);
    return wrong_type();
  }
  bool key(std::string& name) override {
    if (depth_ != 1) return true;
    member_ = static_cast<Member>(std::ranges::find(member_names, name) - member_names.begin());
    if (member_ == Member::unknown) return fault_at(name, "unknown");
    seen_[static_cast<std::size_t>(member_)] = true;
    return true;
  }
  bool begin_object() override {
    if (depth_ > 0) wrong_type();
    ++depth_;
    return true;
  }
  bool begin_array() override {
    wrong_type();
    ++depth_;
    return true;
  }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  void finish() {
    if (!root_is_object_) return;
    for (const auto member : {Member::merchant_refund_id, Member::amount}) {
      if (!seen_[static_cast<std::size_t>(member)]) fault(member, "required");
    }
  }

  RefundWanted wanted;
  std::vector<FieldFault> faults;

 private:
  enum class Member : std::uint8_t { merchant_refund_id, amount, reason, unknown };
  static constexpr std::array<std::string_view, 3> member_names{"merchant_refund_id", "amount", "reason"};

  bool here(Member member) const { return depth_ == 1 && member_ == member; }
  bool leave() {
    --depth_;
    return true;
  }
  // Adding a fault does not stop the parse: a merchant wants all of them at once.
  bool fault(std::string pointer, const char* code) {
    const bool named = std::ranges::find(faults, pointer, &FieldFault::pointer) != faults.end();
    if (!named && faults.size() < limits::field_faults_max) faults.push_back({std::move(pointer), code});
    return true;
  }
  bool fault_at(std::string_view name, const char* code) {
    std::string pointer;
    append_pointer(pointer, name);
    return fault(std::move(pointer), code);
  }
  bool fault(Member member, const char* code) { return fault_at(member_names[static_cast<std::size_t>(member)], code); }
  /// What lies within a wrong value is passed over.
  bool wrong_type() {
    if (depth_ == 0) {
      root_is_object_ = false;
      return fault(std::string(), "type");
    }
    return depth_ > 1 || member_ == Member::unknown ? true : fault(member_, "type");
  }
  bool take_number(std::string& text) {
    if (text.empty() || !has_order_id_characters(text)) return fault(Member::merchant_refund_id, "format");
    if (text.size() > limits::merchant_refund_id_bytes_max) return fault(Member::merchant_refund_id, "too_long");
    wanted.merchant_refund_id = std::move(text);
    return true;
  }
  bool take_reason(std::string& text) {
    if (text.empty() || has_control(text)) return fault(Member::reason, "format");
    if (code_points(text) > limits::refund_reason_chars_max) return fault(Member::reason, "too_long");
    wanted.reason = std::move(text);
    return true;
  }

  int depth_ = 0;
  Member member_ = Member::unknown;
  std::array<bool, member_names.size()> seen_{};
  bool root_is_object_ = true;
};

template <std::size_t N>
std::string_view view(const std::array<char, N>& characters) {
  return {characters.data(), N};
}

}  // namespace

Result<RefundWanted> read_refund_wanted(std::string_view body) {
  RefundReader reader;
  if (auto parsed = parse_sax(body, request_limits, reader); !parsed) return parsed.error();
  reader.finish();
  if (!reader.faults.empty()) return Failure(Errc::invalid_field, std::move(reader.faults));
  return std::move(reader.wanted);
}

void write_refund(std::string& out, const Refund& refund, std::span<const RefundId> aliases) {
  JsonWriter w(out);
  w.begin_object();
  w.member("refund_id", view(refund.refund_id.chars()));
  w.member("payment_id", view(refund.payment_id.chars()));
  w.member("merchant_order_id", refund.merchant_order_id);
  if (!refund.merchant_refund_id.empty()) w.member("merchant_refund_id", refund.merchant_refund_id);
  w.member("amount", refund.amount);
  w.member("currency", refund.currency.code());
  w.member("state", name_of(refund.state));
  w.member("origin", name_of(refund.origin));
  if (!refund.code.empty()) w.member("code", refund.code);
  if (!refund.reason.empty()) w.member("reason", refund.reason);
  if (!aliases.empty()) {
    w.key("aliases").begin_array();
    for (const auto& alias : aliases) w.value(view(alias.chars()));
    w.end_array();
  }
  w.member("created_at", time_text(refund.created_at_ms).view());
  w.member("updated_at", time_text(refund.updated_at_ms).view());
  w.end_object();
}

}  // namespace acq::codec
