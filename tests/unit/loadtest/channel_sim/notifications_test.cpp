// What the bank tells by itself: which successes, how often, when again, and what the body says.
#include <catch2/catch.hpp>
#include <vector>

#include "loadtest/channel_sim/channel_book.hpp"
#include "tests/unit/loadtest/channel_sim/requests.hpp"

using namespace acq;
using namespace acq::channel_sim;

namespace {

BookOptions notifying() {
  BookOptions options;
  options.notifies = true;
  return options;
}

std::vector<Notification> due_at(ChannelBook& book, std::int64_t now_ms) {
  book.settle_due(now_ms);
  std::vector<Notification> all;
  while (auto next = book.outbox().take(now_ms)) all.push_back(std::move(*next));
  return all;
}

}  // namespace

TEST_CASE("an answer that was given is not notified as well") {
  ChannelBook book(notifying());
  const auto amount = GENERATE(1'000, 1'051, 1'054, 1'056, 1'057, 1'058, 1'060, 1'061);
  book.charge(charge_of("r", amount), t0);
  CHECK(due_at(book, t0 + 60'000).empty());
}

TEST_CASE("53 is notified when the payer has paid") {
  ChannelBook book(notifying());
  book.charge(charge_of("r", 1'053), t0);
  CHECK(due_at(book, t0 + 1'999).empty());
  const auto due = due_at(book, t0 + 2'000);
  REQUIRE(due.size() == 1);
  CHECK(due[0].request_id == "r");
  const auto told = book.told_by(due[0]);
  REQUIRE(told);
  CHECK(told->status == "succeeded");
  CHECK(told->merchant_order_id == "order-1");
  CHECK(told->amount == 1'053);
  CHECK(book.totals(t0 + 2'000).charges == 1);
}

TEST_CASE("59 is notified three times, once with another order") {
  ChannelBook book(notifying());
  book.charge(charge_of("r", 1'059, GENERATE("order-1", "x")), t0);
  const auto asked = book.query("r", t0).answer.merchant_order_id;
  const auto due = due_at(book, t0);
  REQUIRE(due.size() == 3);
  int other = 0;
  for (const auto& one : due) {
    const auto told = book.told_by(one);
    REQUIRE(told);
    CHECK(told->status == "succeeded");
    CHECK(told->merchant_order_id.size() == asked.size());
    if (told->merchant_order_id != asked) ++other;
  }
  CHECK(other == 1);
  CHECK(due[0].id != due[1].id);
  CHECK(due[0].id != due[2].id);
  CHECK(book.totals(t0).charges == 1);
}

TEST_CASE("61 is notified once its close was asked, and 63 when it arrives by itself") {
  ChannelBook book(notifying());
  book.charge(charge_of("r-61", 1'061), t0);
  book.charge(charge_of("r-63", 1'063), t0);
  CHECK(due_at(book, t0 + 4'999).empty());
  const auto late = due_at(book, t0 + 5'000);
  REQUIRE(late.size() == 1);
  CHECK(late[0].request_id == "r-63");
  book.close(end_of("r-61", 1'061), t0 + 6'000);
  const auto closed = due_at(book, t0 + 6'000);
  REQUIRE(closed.size() == 1);
  CHECK(closed[0].request_id == "r-61");
  CHECK(book.totals(t0 + 6'000).charges == 2);
}

TEST_CASE("63 that was repeated and answered is not notified when it arrives again") {
  ChannelBook book(notifying());
  book.charge(charge_of("r", 1'063), t0);
  book.charge(charge_of("r", 1'063), t0 + 1'000);
  CHECK(due_at(book, t0 + 60'000).empty());
  CHECK(book.totals(t0 + 60'000).charges == 1);
}

TEST_CASE("a flip is notified, and the notification tells how the charge stands when it is sent") {
  ChannelBook book(notifying());
  book.charge(charge_of("r", 1'051), t0);
  book.flip("r", t0);
  const auto due = due_at(book, t0);
  REQUIRE(due.size() == 1);
  CHECK(book.told_by(due[0])->status == "succeeded");
  book.reverse(end_of("r", 1'051), t0);
  CHECK(book.told_by(due[0])->status == "reversed");
}

TEST_CASE("a book that nobody listens to keeps no notifications") {
  ChannelBook book({});
  book.charge(charge_of("r", 1'059), t0);
  CHECK(book.outbox().waiting() == 0);
  CHECK(book.outbox().counts() == OutboxCounts{});
}

TEST_CASE("a reset forgets what was to be told, and what is being sent then") {
  ChannelBook book(notifying());
  book.charge(charge_of("r", 1'059), t0);
  const auto sending = book.outbox().take(t0);
  REQUIRE(sending);
  book.reset();
  CHECK(book.outbox().waiting() == 0);
  CHECK_FALSE(book.told_by(*sending));
}

TEST_CASE("a notification that nobody takes is tried eight times, each wait twice the one before") {
  Outbox outbox;
  outbox.push({"ntf_1", "r", false, 0}, t0);
  std::int64_t now_ms = t0;
  std::int64_t wait_ms = Outbox::backoff_ms;
  for (int tries = 1; tries <= Outbox::tries_max; ++tries) {
    CHECK_FALSE(outbox.take(now_ms - 1));
    auto due = outbox.take(now_ms);
    REQUIRE(due);
    CHECK(due->tries == tries - 1);
    CHECK(due->id == "ntf_1");
    outbox.failed(std::move(*due), now_ms);
    now_ms += wait_ms;
    wait_ms *= 2;
  }
  CHECK(outbox.waiting() == 0);
  CHECK(outbox.counts() == OutboxCounts{0, 1});
}

TEST_CASE("an outbox is bounded, and counts what it had no room for") {
  Outbox outbox;
  for (std::size_t i = 0; i < Outbox::waiting_max + 2; ++i) outbox.push({"ntf", "r", false, 0}, t0);
  CHECK(outbox.waiting() == Outbox::waiting_max);
  CHECK(outbox.counts().given_up == 2);
}
