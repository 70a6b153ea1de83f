// The receiver's memory of callbacks.
#include "loadtest/load/received_events.hpp"

#include <catch2/catch.hpp>

using namespace acq;
using namespace acq::load;

namespace {

codec::CallbackView callback(std::uint8_t n, PaymentState state = PaymentState::succeeded) {
  codec::CallbackView view;
  view.type = "payment." + std::string(name_of(state));
  view.payment.payment_id = make_payment_id(1'700'000'000'000, n, n);
  view.payment.merchant_order_id = "o-" + std::to_string(n);
  view.payment.amount = 100;
  view.payment.currency = "CNY";
  view.payment.state = state;
  view.payment.sequence = 3;
  return view;
}

}  // namespace

TEST_CASE("an event id is kept once, however often it comes") {
  ReceivedEvents events(10);
  events.add("evt_1", callback(1), 1'000, 1);
  events.add("evt_1", callback(1), 2'000, 2);
  events.add("evt_2", callback(2), 3'000, 3);
  CHECK(events.received() == 2);
  CHECK(events.duplicates() == 1);
  REQUIRE(events.events().size() == 2);
  CHECK(events.events()[0].times == 2);
  CHECK(events.events()[0].received_at_ms == 1'000);
  CHECK_FALSE(events.events()[0].content_changed);
}

TEST_CASE("the same id with other content is marked") {
  ReceivedEvents events(10);
  events.add("evt_1", callback(1), 1, 1);
  codec::CallbackView other = callback(1);
  SECTION("amount") {
    other.payment.amount += 1;
  }
  SECTION("state") {
    other = callback(1, PaymentState::declined);
  }
  SECTION("payment") {
    other = callback(2);
  }
  SECTION("sequence") {
    other.payment.sequence += 1;
  }
  events.add("evt_1", other, 2, 2);
  CHECK(events.events()[0].content_changed);
}

TEST_CASE("only the newest events are kept, all are counted, and a forgotten id is new again") {
  ReceivedEvents events(3);
  for (std::uint8_t n = 1; n <= 5; ++n) events.add("evt_" + std::to_string(n), callback(n), n, n);
  CHECK(events.received() == 5);
  REQUIRE(events.events().size() == 3);
  CHECK(events.events().front().id == "evt_3");
  events.add("evt_4", callback(4), 9, 9);
  CHECK(events.duplicates() == 1);
  events.add("evt_1", callback(1), 9, 9);
  CHECK(events.received() == 6);
  CHECK(events.events().back().number == 6);
}

TEST_CASE("pages go on where the last one ended, and may be of one payment") {
  ReceivedEvents events(10);
  for (std::uint8_t n = 1; n <= 5; ++n) events.add("evt_" + std::to_string(n), callback(n), n, n);
  CHECK(events.page(0, 2, std::nullopt).size() == 2);
  const auto rest = events.page(2, 10, std::nullopt);
  REQUIRE(rest.size() == 3);
  CHECK(rest.front().id == "evt_3");
  CHECK(events.page(5, 10, std::nullopt).empty());
  const auto one = events.page(0, 10, callback(4).payment.payment_id);
  REQUIRE(one.size() == 1);
  CHECK(one.front().id == "evt_4");
}

TEST_CASE("what GET /received writes is read back the same") {
  ReceivedEvents events(10);
  events.add("evt_1", callback(1), 1'000, 1);
  codec::CallbackView declined = callback(2, PaymentState::declined);
  declined.payment.decline_code = "insufficient_funds";
  events.add("evt_2", declined, 2'000, 2);
  declined.payment.amount += 1;
  events.add("evt_2", declined, 2'000, 2);
  const auto page = read_received(write_received(events, events.page(0, 10, std::nullopt)));
  REQUIRE(page.has_value());
  CHECK(page->received == 2);
  REQUIRE(page->events.size() == 2);
  CHECK(page->events[0].id == "evt_1");
  CHECK(page->events[0].content.payment.payment_id == callback(1).payment.payment_id);
  CHECK(page->events[0].received_at_ms == 1'000);
  CHECK(page->events[1].content.type == "payment.declined");
  CHECK(page->events[1].content.payment.decline_code == "insufficient_funds");
  CHECK(page->events[1].content.payment.state == PaymentState::declined);
  CHECK(page->events[1].content_changed);
  CHECK(page->events[1].times == 2);
}
