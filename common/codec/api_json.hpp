// The merchant's JSON: requests in (bounded SAX straight into the struct, no tree), payments and problems out.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/domain/payment.hpp"
#include "common/error/result.hpp"

namespace acq::codec {

/// Environment rules that a body's checks depend on.
struct RequestRules {
  bool callback_http_allowed = false;  ///< http:// and loopback callback URLs, a development setting
};

/// Checks every rule of openapi.yaml's table that needs no look-up. Failures: malformed_json, duplicate_member, or
/// invalid_field with one fault per wrong field (pointer and a word: required, unknown, type, range, format, too_long).
Result<PaymentRequest> read_payment_request(std::string_view body, std::int64_t now_ms, const RequestRules& rules);

/// The body that read_payment_request takes; what acq-load sends. Members that are empty or default are left out.
std::string write_payment_request(const PaymentRequest& request);

/// The payment resource of openapi.yaml, appended to `out`. `aliases` may be empty.
void write_payment(std::string& out, const Payment& payment, std::span<const PaymentId> aliases = {});

/// What acq-load and the tests read of a payment answer.
struct PaymentView {
  PaymentId payment_id;
  std::string merchant_order_id;
  std::int64_t amount = 0;
  std::string currency;
  PaymentState state = PaymentState::accepted;
  std::int32_t sequence = 0;
  std::string decline_code;
  std::int32_t attempt = 1;  ///< the present one
  bool has_code_url = false;
};
Result<PaymentView> read_payment(std::string_view body);

/// openapi.yaml's `money` (P6).
enum class MoneyWord : std::uint8_t { none, untouched, possibly, not_looked_up };

/// What a problem answer (RFC 9457) says beside its code.
struct Problem {
  Errc code;
  std::string_view request_id;
  MoneyWord money = MoneyWord::none;
  std::string_view detail = {};  ///< a sentence of ours, or empty; never an input's value
  std::span<const FieldFault> faults = {};
  std::optional<PaymentId> payment_id = {};  ///< every outcome_unknown carries it
  const Payment* payment = nullptr;          ///< "the payment as it is", where openapi.yaml shows it
  std::optional<RefundId> refund_id = {};
  std::optional<std::int64_t> remaining = {};  ///< what can still be refunded
};
void write_problem(std::string& out, const Problem& problem);

/// The code of a problem body, and its payment_id where it has one: what a client acts on.
struct ProblemView {
  std::string code;
  std::optional<PaymentId> payment_id;
};
Result<ProblemView> read_problem(std::string_view body);

}  // namespace acq::codec
