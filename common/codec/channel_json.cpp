// The channel's wire: what comes back is bounded to what MariaDB's columns hold, then compared with what was asked.
#include "common/codec/channel_json.hpp"

#include "common/codec/json_document.hpp"
#include "common/codec/text_rules.hpp"

namespace acq::codec {
namespace {

constexpr std::size_t reference_bytes_max = 64;
constexpr std::size_t decline_code_bytes_max = 32;
constexpr std::size_t code_url_bytes_max = 256;
constexpr std::string_view decline_code_unspecified = "unspecified";

Failure undecodable(const char* why) {
  return Failure(Errc::undecodable, std::string("the channel: ") + why);
}

bool is_short(std::string_view text, std::size_t bytes_max) {
  return text.size() <= bytes_max && is_visible_ascii(text);
}

}  // namespace

std::string encode_charge(const ChargeRequest& request) {
  std::string out;
  out.reserve(320);
  JsonWriter w(out);
  w.begin_object();
  w.member("request_id", request.request_id);
  w.member("merchant_id", request.merchant_id);
  w.member("merchant_order_id", request.merchant_order_id);
  w.member("amount", request.amount);
  w.member("currency", request.currency);
  w.member("method", request.method);
  if (!request.code.empty()) w.member("code", request.code);
  w.end_object();
  return out;
}

Result<ChargeRequest> decode_charge(std::string_view body) {
  auto document = parse_json(body);
  if (!document) return document.error();
  ChargeRequest request;
  request.request_id = document->string_or("request_id");
  request.merchant_id = document->string_or("merchant_id");
  request.merchant_order_id = document->string_or("merchant_order_id");
  request.amount = document->integer_or("amount", 0);
  request.currency = document->string_or("currency");
  request.method = document->string_or("method");
  request.code = document->string_or("code");
  const auto method = method_type_from_name(request.method);
  if (request.request_id.empty() || request.merchant_id.empty() || request.merchant_order_id.empty() ||
      request.amount <= 0 || !Currency::parse(request.currency) || !method ||
      (*method == MethodType::barcode && request.code.empty())) {
    return undecodable("a charge lacks a member or has a wrong one");
  }
  return request;
}

std::string encode_charge_answer(const ChargeAnswer& answer) {
  std::string out;
  out.reserve(448);
  JsonWriter w(out);
  w.begin_object().member("request_id", answer.request_id).member("status", answer.status);
  if (!answer.merchant_id.empty()) w.member("merchant_id", answer.merchant_id);
  if (!answer.merchant_order_id.empty()) w.member("merchant_order_id", answer.merchant_order_id);
  if (answer.amount != 0) w.member("amount", answer.amount);
  if (!answer.currency.empty()) w.member("currency", answer.currency);
  if (!answer.decline_code.empty()) w.member("decline_code", answer.decline_code);
  if (!answer.code_url.empty()) w.member("code_url", answer.code_url);
  if (!answer.channel_reference.empty()) w.member("channel_reference", answer.channel_reference);
  w.end_object();
  return out;
}

Result<ChargeAnswer> decode_charge_answer(std::string_view body) {
  auto document = parse_json(body, {.bytes_max = limits::channel_answer_bytes_max});
  if (!document) return undecodable("its answer is not JSON that we take");
  ChargeAnswer answer;
  answer.request_id = document->string_or("request_id");
  answer.merchant_id = document->string_or("merchant_id");
  answer.merchant_order_id = document->string_or("merchant_order_id");
  answer.amount = document->integer_or("amount", 0);
  answer.currency = document->string_or("currency");
  answer.status = document->string_or("status");
  answer.decline_code = document->string_or("decline_code");
  answer.code_url = document->string_or("code_url");
  answer.channel_reference = document->string_or("channel_reference");
  if (answer.request_id.empty()) return undecodable("its answer has no request_id");
  if (answer.status == "unheard") return answer;
  if (answer.status != "succeeded" && answer.status != "declined" && answer.status != "awaiting_payer") {
    return undecodable("its answer has no status that we know");
  }
  // A member left out is not one that differs (P23): the answer is unreadable, and asked for again.
  if (answer.merchant_id.empty() || answer.merchant_order_id.empty() || answer.amount == 0 || answer.currency.empty()) {
    return undecodable("its answer does not say what it answers");
  }
  if (!is_short(answer.decline_code, decline_code_bytes_max) || !is_short(answer.code_url, code_url_bytes_max) ||
      !is_short(answer.channel_reference, reference_bytes_max)) {
    return undecodable("a text of its answer is too long or not plain");
  }
  return answer;
}

ChannelAnswer judge(const ChargeAnswer& answer, const Payment& payment) {
  ChannelAnswer judged;
  judged.payment_id = payment.payment_id;
  judged.attempt = payment.attempt;
  judged.verdict = ChannelVerdict::mismatched;
  if (answer.request_id != channel_request_id(payment.payment_id, payment.attempt)) return judged;
  if (answer.status == "unheard") {
    judged.verdict = ChannelVerdict::unheard;
    return judged;
  }
  if (answer.merchant_id != payment.merchant_id.text() || answer.merchant_order_id != payment.merchant_order_id ||
      answer.amount != payment.amount || answer.currency != payment.currency.code()) {
    return judged;
  }
  if (answer.status == "succeeded") {
    judged.verdict = ChannelVerdict::succeeded;
  } else if (answer.status == "declined") {
    judged.verdict = ChannelVerdict::declined;
    judged.decline_code = answer.decline_code.empty() ? decline_code_unspecified : answer.decline_code;
  } else if (answer.status == "awaiting_payer") {
    judged.verdict = ChannelVerdict::awaiting_payer;
    judged.code_url = answer.code_url;
  } else {
    judged.verdict = ChannelVerdict::unanswered;
  }
  judged.channel_reference = answer.channel_reference;
  return judged;
}

}  // namespace acq::codec
