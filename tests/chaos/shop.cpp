#include "tests/chaos/shop.hpp"

#include "tests/support/await.hpp"

namespace acq::test {
namespace {

constexpr std::int64_t patience_ms = 60'000;
constexpr auto payer_code = "134567890123456789";

}  // namespace

void Shop::send_mixed() {
  send(1'000, false);
  send(1'100, true);
  for (const std::int64_t fate : {51, 53, 54, 55, 57, 62, 63}) send(1'000 + fate, true);
  send(1'060, false);
  close(promises_.back().number);
  close("chaos-" + std::to_string(sent_ + 1));
  send(1'300, false);
  send(1'200, false);
}

Answer Shop::insist(const Order& order) {
  Answer answer;
  const bool promised = comes_true(patience_ms, [&] {
    answer = system_.merchant().create(order);
    if (tend_) tend_();
    return answer.status / 100 == 2;
  });
  INFO("order " << order.number << ": " << answer.status << " " << answer.body);
  REQUIRE(promised);
  return answer;
}

void Shop::send(std::int64_t amount, bool barcode, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Order order{.number = next_number(), .amount = amount, .callback_url = system_.callback_url()};
    if (barcode) order.code = payer_code;
    promises_.push_back({order.number, amount, insist(order).text("payment_id")});
  }
}

void Shop::send_late_success() {
  send_second_attempt();
  const auto flipped = ask("POST", system_.url("channel-sim") + "/sim/flip",
                           R"({"request_id":")" + promises_.back().payment_id + R"(-1"})");
  INFO(flipped.body);
  REQUIRE(flipped.status == 200);
}

void Shop::send_second_attempt() {
  send(1'051, true);
  const Promise made = promises_.back();
  const bool declined = comes_true(patience_ms, [&] {
    if (tend_) tend_();
    return system_.merchant().payment(made.payment_id).text("state") == "declined";
  });
  INFO("order " << made.number << " is to be declined");
  REQUIRE(declined);
  insist({.number = made.number,
          .amount = made.amount,
          .code = payer_code,
          .callback_url = system_.callback_url(),
          .attempt = 2});
}

void Shop::close(const std::string& number) {
  Answer answer;
  const bool answered = comes_true(patience_ms, [&] {
    answer = system_.merchant().close_number(number);
    if (tend_) tend_();
    return answer.status / 100 == 2 || (answer.status == 409 && answer.text("code") == "not_closable");
  });
  INFO("close of " << number << ": " << answer.status << " " << answer.body);
  REQUIRE(answered);
}

}  // namespace acq::test
