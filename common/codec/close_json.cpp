// Every wrong member is named, as in a create's body.
#include "common/codec/close_json.hpp"

#include <algorithm>
#include <array>

#include "common/codec/json_document.hpp"
#include "common/codec/sax.hpp"
#include "common/codec/text_rules.hpp"

namespace acq::codec {
namespace {

constexpr JsonLimits request_limits{.string_bytes_max = limits::body_bytes_max, .bytes_max = limits::body_bytes_max};

class CloseReader final : public SaxHandler {
 public:
  /// Without members, every one of them is unknown.
  explicit CloseReader(bool has_members) : has_members_(has_members) {}

  bool null() override { return wrong_type(); }
  bool boolean(bool) override { return wrong_type(); }
  bool other_number(bool integral) override {
    return integral && here(Member::attempt) ? fault("/attempt", "range") : wrong_type();
  }
  bool integer(std::int64_t number) override {
    if (!here(Member::attempt)) return wrong_type();
    if (number < 1 || number > limits::attempts_max) return fault("/attempt", "range");
    request.attempt = static_cast<std::int32_t>(number);
    return true;
  }
  bool string(std::string& text) override {
    if (!here(Member::merchant_order_id)) return wrong_type();
    const bool fits = !text.empty() && text.size() <= limits::merchant_order_id_bytes_max;
    if (!fits || !has_order_id_characters(text)) return fault("/merchant_order_id", "format");
    request.merchant_order_id = std::move(text);
    return true;
  }
  bool key(std::string& name) override {
    if (depth_ != 1) return true;
    member_ = Member::unknown;
    if (has_members_ && name == "merchant_order_id") member_ = Member::merchant_order_id;
    if (has_members_ && name == "attempt") member_ = Member::attempt;
    number_seen_ = number_seen_ || member_ == Member::merchant_order_id;
    if (member_ != Member::unknown) return true;
    std::string pointer;
    append_pointer(pointer, name);
    return fault(std::move(pointer), "unknown");
  }
  bool begin_object() override {
    if (depth_ > 0) wrong_type();
    ++depth_;
    return true;
  }
  bool end_object() override { return leave(); }
  bool begin_array() override {
    wrong_type();
    ++depth_;
    return true;
  }
  bool end_array() override { return leave(); }

  void finish() {
    if (has_members_ && root_is_object_ && !number_seen_) fault("/merchant_order_id", "required");
  }

  CloseRequest request;
  std::vector<FieldFault> faults;

 private:
  enum class Member : std::uint8_t { merchant_order_id, attempt, unknown };

  bool here(Member member) const { return depth_ == 1 && member_ == member; }
  bool leave() {
    --depth_;
    return true;
  }
  bool fault(std::string pointer, const char* code) {
    const bool named = std::ranges::find(faults, pointer, &FieldFault::pointer) != faults.end();
    if (!named && faults.size() < limits::field_faults_max) faults.push_back({std::move(pointer), code});
    return true;
  }
  /// What lies within a wrong value is passed over.
  bool wrong_type() {
    if (depth_ == 0) {
      root_is_object_ = false;
      return fault("", "type");
    }
    if (here(Member::merchant_order_id)) return fault("/merchant_order_id", "type");
    if (here(Member::attempt)) return fault("/attempt", "type");
    return true;
  }

  const bool has_members_;
  int depth_ = 0;
  Member member_ = Member::unknown;
  bool number_seen_ = false;
  bool root_is_object_ = true;
};

Result<CloseRequest> read(std::string_view body, bool has_members) {
  CloseReader reader(has_members);
  if (auto parsed = parse_sax(body, request_limits, reader); !parsed) return parsed.error();
  reader.finish();
  if (!reader.faults.empty()) return Failure(Errc::invalid_field, std::move(reader.faults));
  return std::move(reader.request);
}

}  // namespace

Result<CloseRequest> read_close_request(std::string_view body) {
  return read(body, true);
}

Result<void> read_no_members(std::string_view body) {
  if (body.empty()) return {};
  if (auto parsed = read(body, false); !parsed) return parsed.error();
  return {};
}

void write_close_asked(std::string& out, std::string_view merchant_order_id, std::int32_t attempt,
                       const std::optional<PaymentId>& payment_id) {
  JsonWriter w(out);
  w.begin_object();
  if (payment_id) w.member("payment_id", payment_id->text());
  w.member("merchant_order_id", merchant_order_id).member("attempt", attempt);
  w.key("close").begin_object().member("state", "asked").end_object();
  w.end_object();
}

}  // namespace acq::codec
