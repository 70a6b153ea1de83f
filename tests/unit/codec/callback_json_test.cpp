// Callback bodies: which states are told, and that type and state agree.
#include "common/codec/callback_json.hpp"

#include <catch2/catch.hpp>

#include "tests/support/result_text.hpp"

using namespace acq;
using namespace acq::codec;

namespace {
Payment payment_in(PaymentState state) {
  Payment payment;
  payment.payment_id = make_payment_id(1'795'508'130'000, 7, 42);
  payment.merchant_order_id = "order-1";
  payment.amount = 51;
  payment.currency = *Currency::parse("CNY");
  payment.state = state;
  payment.sequence = 2;
  payment.updated_at_ms = 1'795'508'130'123;
  return payment;
}
}  // namespace

TEST_CASE("every told state has a callback that reads back") {
  for (const auto state : all_payment_states) {
    const auto type = callback_type(state);
    INFO(name_of(state));
    if (state == PaymentState::accepted || state == PaymentState::processing) {
      CHECK_FALSE(type);
      CHECK_THROWS_AS(encode_callback(payment_in(state)), std::logic_error);
      continue;
    }
    REQUIRE(type);
    CHECK(*type == "payment." + std::string(name_of(state)));
    const auto body = encode_callback(payment_in(state));
    CHECK(body.starts_with("{\"type\":\"" + *type + "\",\"timestamp\":\"2026-11-24T08:15:30.123Z\",\"data\":{"));
    const auto view = read_callback(body);
    REQUIRE(view);
    CHECK(view->type == *type);
    CHECK(view->payment.state == state);
    CHECK(view->payment.sequence == 2);
    CHECK(view->payment.payment_id == payment_in(state).payment_id);
  }
}

TEST_CASE("a callback tells of every attempt, and why each ended without money") {
  auto payment = payment_in(PaymentState::succeeded);
  payment.attempt = 3;
  payment.earlier = {{1, PaymentState::declined, "insufficient_funds"}, {2, PaymentState::closed, ""}};
  const auto body = encode_callback(payment);
  CHECK(body.find(R"("attempts":[{"attempt":1,"state":"declined","decline_code":"insufficient_funds"},)"
                  R"({"attempt":2,"state":"closed"},{"attempt":3,"state":"succeeded"}])") != std::string::npos);
  CHECK(read_callback(body));

  payment = payment_in(PaymentState::declined);
  payment.decline_code = "expired_card";
  CHECK(encode_callback(payment).find(
            R"("attempts":[{"attempt":1,"state":"declined","decline_code":"expired_card"}])") != std::string::npos);
}

TEST_CASE("a callback tells what became of a close, and nothing when none was asked") {
  auto payment = payment_in(PaymentState::succeeded);
  CHECK(encode_callback(payment).find("\"close\"") == std::string::npos);
  payment.close = CloseState::refused;
  payment.close_code = "already_paid";
  CHECK(encode_callback(payment).find(R"("close":{"state":"refused","code":"already_paid"})") != std::string::npos);
  payment = payment_in(PaymentState::closed);
  payment.close = CloseState::closed;
  CHECK(encode_callback(payment).find(R"("close":{"state":"closed"})") != std::string::npos);
}

TEST_CASE("the largest callback stays under 20 kB") {
  auto payment = payment_in(PaymentState::unknown);
  payment.code_url = std::string(256, 'u');
  payment.attempt = limits::attempts_max;
  for (std::int32_t attempt = 1; attempt < limits::attempts_max; ++attempt) {
    payment.earlier.push_back({attempt, PaymentState::declined, std::string(64, 'd')});
  }
  payment.metadata = {{"k", std::string(1023, '\x01')}};
  CHECK(encode_callback(payment).size() < 20'000);
}

TEST_CASE("what is no callback is refused") {
  const auto good = encode_callback(payment_in(PaymentState::succeeded));
  auto other_type = good;
  other_type.replace(other_type.find("succeeded"), 9, "declined!");
  CHECK(read_callback(other_type).error().code == Errc::undecodable);
  CHECK(read_callback("{}").error().code == Errc::undecodable);
  CHECK(read_callback("{\"type\":\"\",\"timestamp\":\"2026-11-24T08:15:30Z\",\"data\":{}}").error().code ==
        Errc::undecodable);
  CHECK(read_callback(good.substr(1)).error().code == Errc::malformed_json);
}
