// The channel's wire: what comes back is bounded to what MariaDB's columns hold, then compared with what was asked.
#include "common/codec/channel_json.hpp"

#include <algorithm>
#include <array>

#include "common/codec/json_document.hpp"
#include "common/codec/text_rules.hpp"

namespace acq::codec {
namespace {

constexpr std::size_t name_bytes_max = 64;  // ids and numbers: ours are shorter
constexpr std::size_t reference_bytes_max = 64;
constexpr std::size_t code_bytes_max = 32;
constexpr std::size_t code_url_bytes_max = 256;
constexpr std::string_view code_unspecified = "unspecified";
constexpr std::string_view unheard = "unheard";
constexpr std::array<std::string_view, 5> charge_statuses{"succeeded", "declined", "awaiting_payer", "closed",
                                                          "reversed"};
constexpr std::array<std::string_view, 3> refund_statuses{"succeeded", "failed", "pending"};

Failure undecodable(const char* why) {
  return Failure(Errc::undecodable, std::string("the channel: ") + why);
}

bool is_short(std::string_view text, std::size_t bytes_max) {
  return text.size() <= bytes_max && is_visible_ascii(text);
}

bool is_name(std::string_view text) {
  return !text.empty() && is_short(text, name_bytes_max);
}

/// What every request and every answer names, so that the other side can compare it (P23).
template <class Message>
void write_identity(JsonWriter& w, const Message& message) {
  w.member("merchant_id", message.merchant_id);
  w.member("merchant_order_id", message.merchant_order_id);
  w.member("amount", message.amount);
  w.member("currency", message.currency);
}

template <class Message>
void read_identity(const JsonValue& document, Message& message) {
  message.merchant_id = document.string_or("merchant_id");
  message.merchant_order_id = document.string_or("merchant_order_id");
  message.amount = document.integer_or("amount", 0);
  message.currency = document.string_or("currency");
}

template <class Message>
bool is_identified(const Message& request) {
  return is_name(request.merchant_id) && is_name(request.merchant_order_id) && request.amount > 0 &&
         Currency::parse(request.currency);
}

/// A member left out is not one that differs (P23): such an answer is unreadable, and asked for again.
template <class Message>
bool says_what_it_answers(const Message& answer) {
  return !answer.merchant_id.empty() && !answer.merchant_order_id.empty() && answer.amount != 0 &&
         !answer.currency.empty();
}

}  // namespace

std::string encode_charge(const ChargeRequest& request) {
  std::string out;
  out.reserve(320);
  JsonWriter w(out);
  w.begin_object();
  w.member("request_id", request.request_id);
  write_identity(w, request);
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
  read_identity(*document, request);
  request.method = document->string_or("method");
  request.code = document->string_or("code");
  const auto method = method_type_from_name(request.method);
  if (!is_name(request.request_id) || !is_identified(request) || !method ||
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
  read_identity(*document, answer);
  answer.status = document->string_or("status");
  answer.decline_code = document->string_or("decline_code");
  answer.code_url = document->string_or("code_url");
  answer.channel_reference = document->string_or("channel_reference");
  if (answer.request_id.empty()) return undecodable("its answer has no request_id");
  if (answer.status == unheard) return answer;
  if (std::find(charge_statuses.begin(), charge_statuses.end(), answer.status) == charge_statuses.end()) {
    return undecodable("its answer has no status that we know");
  }
  if (!says_what_it_answers(answer)) return undecodable("its answer does not say what it answers");
  if (!is_short(answer.decline_code, code_bytes_max) || !is_short(answer.code_url, code_url_bytes_max) ||
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
  if (answer.status == unheard) {
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
    judged.decline_code = answer.decline_code.empty() ? code_unspecified : answer.decline_code;
  } else if (answer.status == "awaiting_payer") {
    judged.verdict = ChannelVerdict::awaiting_payer;
    judged.code_url = answer.code_url;
  } else if (answer.status == "closed") {
    judged.verdict = ChannelVerdict::closed;
  } else if (answer.status == "reversed") {
    judged.verdict = ChannelVerdict::reversed;
  } else {
    judged.verdict = ChannelVerdict::unanswered;
  }
  judged.channel_reference = answer.channel_reference;
  return judged;
}

std::string encode_end(const EndRequest& request) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("request_id", request.request_id);
  write_identity(w, request);
  w.end_object();
  return out;
}

Result<EndRequest> decode_end(std::string_view body) {
  auto document = parse_json(body);
  if (!document) return document.error();
  EndRequest request;
  request.request_id = document->string_or("request_id");
  read_identity(*document, request);
  if (!is_name(request.request_id) || !is_identified(request)) {
    return undecodable("an end lacks a member or has a wrong one");
  }
  return request;
}

std::string encode_refund(const RefundRequest& request) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("refund_request_id", request.refund_request_id);
  w.member("charge_request_id", request.charge_request_id);
  write_identity(w, request);
  w.end_object();
  return out;
}

Result<RefundRequest> decode_refund(std::string_view body) {
  auto document = parse_json(body);
  if (!document) return document.error();
  RefundRequest request;
  request.refund_request_id = document->string_or("refund_request_id");
  request.charge_request_id = document->string_or("charge_request_id");
  read_identity(*document, request);
  if (!is_name(request.refund_request_id) || !is_name(request.charge_request_id) || !is_identified(request)) {
    return undecodable("a refund lacks a member or has a wrong one");
  }
  return request;
}

std::string encode_refund_reply(const RefundReply& reply) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("refund_request_id", reply.refund_request_id).member("status", reply.status);
  if (reply.status != unheard) {
    w.member("charge_request_id", reply.charge_request_id);
    write_identity(w, reply);
  }
  if (!reply.code.empty()) w.member("code", reply.code);
  if (!reply.channel_reference.empty()) w.member("channel_reference", reply.channel_reference);
  w.end_object();
  return out;
}

Result<RefundReply> decode_refund_reply(std::string_view body) {
  auto document = parse_json(body, {.bytes_max = limits::channel_answer_bytes_max});
  if (!document) return undecodable("its reply is not JSON that we take");
  RefundReply reply;
  reply.refund_request_id = document->string_or("refund_request_id");
  reply.charge_request_id = document->string_or("charge_request_id");
  read_identity(*document, reply);
  reply.status = document->string_or("status");
  reply.code = document->string_or("code");
  reply.channel_reference = document->string_or("channel_reference");
  if (reply.refund_request_id.empty()) return undecodable("its reply has no refund_request_id");
  if (reply.status == unheard) return reply;
  if (std::find(refund_statuses.begin(), refund_statuses.end(), reply.status) == refund_statuses.end()) {
    return undecodable("its reply has no status that we know");
  }
  if (reply.charge_request_id.empty() || !says_what_it_answers(reply)) {
    return undecodable("its reply does not say what it answers");
  }
  if (!is_short(reply.code, code_bytes_max) || !is_short(reply.channel_reference, reference_bytes_max)) {
    return undecodable("a text of its reply is too long or not plain");
  }
  return reply;
}

RefundAnswer judge_refund(const RefundReply& reply, const Refund& refund) {
  RefundAnswer judged;
  judged.payment_id = refund.payment_id;
  judged.refund_id = refund.refund_id;
  judged.verdict = RefundVerdict::mismatched;
  if (reply.refund_request_id != channel_refund_id(refund)) return judged;
  if (reply.status == unheard) {
    judged.verdict = RefundVerdict::unheard;
    return judged;
  }
  if (reply.charge_request_id != channel_request_id(refund.payment_id, refund.attempt) ||
      reply.merchant_id != refund.merchant_id.text() || reply.merchant_order_id != refund.merchant_order_id ||
      reply.amount != refund.amount || reply.currency != refund.currency.code()) {
    return judged;
  }
  if (reply.status == "succeeded") {
    judged.verdict = RefundVerdict::succeeded;
  } else if (reply.status == "failed") {
    judged.verdict = RefundVerdict::failed;
    judged.code = reply.code.empty() ? code_unspecified : reply.code;
  } else if (reply.status == "pending") {
    judged.verdict = RefundVerdict::pending;
  } else {
    judged.verdict = RefundVerdict::unanswered;
  }
  judged.channel_reference = reply.channel_reference;
  return judged;
}

}  // namespace acq::codec
