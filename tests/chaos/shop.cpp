#include "tests/chaos/shop.hpp"

#include "tests/support/await.hpp"

namespace acq::test {
namespace {

constexpr std::int64_t patience_ms = 60'000;

}  // namespace

void Shop::send_mixed() {
  send(1'000, false);
  send(1'100, true);
  for (const std::int64_t fate : {51, 54, 55, 57, 62}) send(1'000 + fate, true);
  send(1'053, false);
  send(1'060, false);
  close(promises_.back().number);
  send(1'200, false);
}

void Shop::send(std::int64_t amount, bool barcode, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Order order{.number = next_number(), .amount = amount, .callback_url = system_.callback_url()};
    if (barcode) order.code = "134567890123456789";
    Answer answer;
    const bool promised = comes_true(patience_ms, [&] {
      answer = system_.merchant().create(order);
      if (tend_) tend_();
      return answer.status / 100 == 2;
    });
    INFO("order " << order.number << ": " << answer.status << " " << answer.body);
    REQUIRE(promised);
    promises_.push_back({order.number, amount, answer.text("payment_id")});
  }
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
