// Payments and problems as merchants read them, and what our own tools read back.
#include "common/codec/api_json.hpp"

#include <cstdlib>

#include "common/codec/json_document.hpp"
#include "common/codec/payment_view.hpp"
#include "common/codec/text_rules.hpp"

namespace acq::codec {
namespace {

template <std::size_t N>
std::string_view view(const std::array<char, N>& characters) {
  return {characters.data(), N};
}

/// A bound of the text's length, near enough to reserve once.
std::size_t size_hint(const Payment& payment) {
  std::size_t bytes = 768 + payment.code_url.size();
  for (const auto& [key, value] : payment.metadata) bytes += key.size() + value.size() + 8;
  return bytes;
}

std::string_view name_of(MoneyWord money) {
  switch (money) {
    case MoneyWord::none:
      return {};
    case MoneyWord::untouched:
      return "untouched";
    case MoneyWord::possibly:
      return "possibly";
    case MoneyWord::not_looked_up:
      return "not_looked_up";
  }
  std::abort();
}

void write_retry(JsonWriter& w, const ErrcEntry& entry) {
  w.key("retry").begin_object().member("safe", entry.retry_safe).key("after_ms");
  if (entry.retry_after_ms < 0) {
    w.null();
  } else {
    w.value(entry.retry_after_ms);
  }
  w.key("with");
  switch (entry.retry_with) {
    case RetryWith::nothing:
      w.null();
      break;
    case RetryWith::same_number:
      w.value("same_number");
      break;
    case RetryWith::new_number:
      w.value("new_number");
      break;
  }
  w.end_object();
}

void write_attempt(JsonWriter& w, const EndedAttempt& attempt) {
  w.begin_object().member("attempt", attempt.attempt).member("state", acq::name_of(attempt.state));
  if (!attempt.decline_code.empty()) w.member("decline_code", attempt.decline_code);
  w.end_object();
}

}  // namespace

void write_payment(std::string& out, const Payment& payment, std::span<const PaymentId> aliases) {
  out.reserve(out.size() + size_hint(payment) + aliases.size() * 34);
  JsonWriter w(out);
  w.begin_object();
  w.member("payment_id", view(payment.payment_id.chars()));
  w.member("merchant_order_id", payment.merchant_order_id);
  w.member("amount", payment.amount);
  w.member("currency", payment.currency.code());
  w.key("method").begin_object().member("type", acq::name_of(payment.method)).end_object();
  w.member("state", acq::name_of(payment.state));
  w.member("sequence", payment.sequence);
  w.member("refunded_amount", payment.refunded_amount);
  w.key("attempts").begin_array();
  for (const auto& ended : payment.earlier) write_attempt(w, ended);
  write_attempt(w, {payment.attempt, payment.state, payment.decline_code});
  w.end_array();
  if (!aliases.empty()) {
    w.key("aliases").begin_array();
    for (const auto& alias : aliases) w.value(view(alias.chars()));
    w.end_array();
  }
  if (payment.close != CloseState::none) {
    w.key("close").begin_object().member("state", acq::name_of(payment.close));
    if (!payment.close_code.empty()) w.member("code", payment.close_code);
    w.end_object();
  }
  w.member("created_at", time_text(payment.created_at_ms).view());
  w.member("updated_at", time_text(payment.updated_at_ms).view());
  w.member("expires_at", time_text(payment.expires_at_ms).view());
  if (!payment.code_url.empty()) w.member("code_url", payment.code_url);
  if (!payment.decline_code.empty()) w.member("decline_code", payment.decline_code);
  if (payment.unknown_since_ms != 0) w.member("unknown_since", time_text(payment.unknown_since_ms).view());
  if (payment.next_query_at_ms != 0) w.member("next_query_at", time_text(payment.next_query_at_ms).view());
  w.key("metadata").begin_object();
  for (const auto& [key, value] : payment.metadata) w.member(key, value);
  w.end_object();
  w.member("next_action", next_action(payment.state));
  w.end_object();
}

Result<PaymentView> payment_view(const JsonValue& document) {
  PaymentView payment;
  const auto id = PaymentId::parse(document.string_or("payment_id"));
  const auto state = payment_state_from_name(document.string_or("state"));
  payment.merchant_order_id = document.string_or("merchant_order_id");
  payment.amount = document.integer_or("amount", 0);
  payment.currency = document.string_or("currency");
  const auto sequence = document.integer_or("sequence", -1);
  const bool complete = id && state && !payment.merchant_order_id.empty() && payment.amount > 0 &&
                        Currency::parse(payment.currency) && sequence >= 0 && sequence <= INT32_MAX;
  if (!complete) return Failure(Errc::undecodable, "not a payment: a member is missing or wrong");
  payment.payment_id = *id;
  payment.state = *state;
  payment.sequence = static_cast<std::int32_t>(sequence);
  payment.decline_code = document.string_or("decline_code");
  payment.has_code_url = !document.string_or("code_url").empty();
  const auto* attempts = document.find("attempts");
  if (attempts != nullptr && attempts->array() != nullptr && !attempts->array()->empty()) {
    payment.attempt = static_cast<std::int32_t>(attempts->array()->back().integer_or("attempt", 1));
  }
  return payment;
}

Result<PaymentView> read_payment(std::string_view body) {
  auto document = parse_json(body, {.string_bytes_max = 64 * 1024});
  if (!document) return document.error();
  return payment_view(*document);
}

void write_problem(std::string& out, const Problem& problem) {
  const ErrcEntry* entry = &entry_of(problem.code);
  const bool told = entry->told_to_merchants;
  if (!told) entry = &entry_of(Errc::internal);  // what went wrong inside is ours to know, and so is its detail
  out.reserve(out.size() + 384 + problem.detail.size() + problem.faults.size() * 64);
  JsonWriter w(out);
  w.begin_object();
  w.key("type").raw("\"/docs/errors#");  // a relative reference (RFC 9457, section 3.1.1)
  out.append(entry->name).append("\"");
  w.member("title", entry->title);
  w.member("status", http_status(entry->code));
  w.member("code", entry->name);
  if (told && !problem.detail.empty()) w.member("detail", problem.detail);
  w.member("request_id", problem.request_id);
  if (!problem.faults.empty()) {
    w.key("errors").begin_array();
    for (const auto& fault : problem.faults) {
      w.begin_object().member("pointer", fault.pointer).member("code", fault.code).end_object();
    }
    w.end_array();
  }
  write_retry(w, *entry);
  if (problem.money != MoneyWord::none) w.member("money", name_of(problem.money));
  if (problem.payment_id) w.member("payment_id", view(problem.payment_id->chars()));
  if (problem.refund_id) w.member("refund_id", view(problem.refund_id->chars()));
  if (problem.remaining) w.member("remaining", *problem.remaining);
  if (problem.payment != nullptr) {
    std::string payment;
    write_payment(payment, *problem.payment);
    w.key("payment").raw(payment);
  }
  w.end_object();
}

Result<ProblemView> read_problem(std::string_view body) {
  auto document = parse_json(body, {.string_bytes_max = 64 * 1024});
  if (!document) return document.error();
  ProblemView problem;
  problem.code = document->string_or("code");
  if (problem.code.empty()) return Failure(Errc::undecodable, "not a problem: it has no code");
  problem.payment_id = PaymentId::parse(document->string_or("payment_id"));
  return problem;
}

}  // namespace acq::codec
