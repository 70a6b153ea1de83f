// The head and its watermark (P17): nothing below the watermark is owed anything without a row in open_items.
#include "settlement/writer/head.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <set>

using namespace acq;
using namespace acq::settlement;

namespace {

Payment open_payment(std::int64_t offset) {
  Payment payment;
  payment.payment_id = make_payment_id(1'800'000'000'000, 7, static_cast<std::uint64_t>(offset) + 1);
  payment.state = PaymentState::processing;
  payment.sequence = 1;
  payment.told_sequence = 1;
  payment.log_offset = offset;
  return payment;
}

Payment ended(Payment payment) {
  payment.state = PaymentState::succeeded;
  payment.sequence = 2;
  payment.told_sequence = 2;
  return payment;
}

}  // namespace

TEST_CASE("the watermark stops at the oldest open offset and moves on when it settles") {
  Watermark mark(100);
  mark.open(101);
  mark.open(103);
  mark.applied(105);
  CHECK(mark.value() == 101);
  mark.settle(103);
  CHECK(mark.value() == 101);
  mark.settle(101);
  CHECK(mark.value() == 105);
  mark.settle(50);
  mark.open(50);
  CHECK(mark.value() == 105);
}

TEST_CASE("under any order of settling, the watermark is the smallest open offset") {
  std::mt19937 random(20261124);
  for (int round = 0; round < 200; ++round) {
    Watermark mark(0);
    std::set<std::int64_t> open;
    std::int64_t applied = 0;
    for (int step = 0; step < 100; ++step) {
      if (open.empty() || random() % 2 == 0) {
        const std::int64_t offset = applied;
        applied += 1 + static_cast<std::int64_t>(random() % 3);
        mark.open(offset);
        mark.applied(applied);
        open.insert(offset);
      } else {
        auto chosen = open.begin();
        std::advance(chosen, static_cast<long>(random() % open.size()));
        mark.settle(*chosen);
        open.erase(chosen);
      }
      REQUIRE(mark.value() == (open.empty() ? applied : *open.begin()));
    }
  }
}

TEST_CASE("an item leaves the head when it is final and told, and only then") {
  Head head(0);
  auto payment = open_payment(0);
  head.put(payment, false, 1'000);
  head.applied(1);
  CHECK(head.watermark() == 0);
  auto final_untold = ended(payment);
  final_untold.told_sequence = 1;
  final_untold.next_tell_at_ms = 1'500;
  head.put(final_untold, false, 1'000);
  CHECK(head.size() == 1);
  CHECK(head.watermark() == 0);
  head.put(ended(payment), false, 1'000);
  CHECK(head.size() == 0);
  CHECK(head.watermark() == 1);
}

TEST_CASE("an item that has been open for seconds gets its row, and the watermark moves on") {
  Head head(0);
  const auto payment = open_payment(0);
  head.put(payment, false, 1'000);
  head.applied(1);
  CHECK(head.overdue_for_row(1'000 + limits::open_item_after_ms - 1, 10).empty());
  REQUIRE(head.overdue_for_row(1'000 + limits::open_item_after_ms, 10).size() == 1);
  head.row_written(payment.payment_id);
  CHECK(head.watermark() == 1);
  CHECK(head.rows() == 1);
  CHECK(head.overdue_for_row(1'000'000, 10).empty());
  head.put(ended(payment), false, 2'000);
  CHECK(head.rows() == 0);
}

TEST_CASE("what a full head does not keep is settled for the watermark: its row is in open_items") {
  Head head(0);
  head.put(open_payment(0), false, 1'000, false);
  head.applied(1);
  CHECK(head.size() == 0);
  CHECK(head.watermark() == 1);
}

TEST_CASE("due items come once, when their time has come, and not while a job is under way") {
  Head head(0);
  auto payment = open_payment(0);
  payment.next_query_at_ms = 2'000;
  head.put(payment, false, 1'000);
  CHECK(head.take_due(1'999, 10).empty());
  auto due = head.take_due(2'000, 10);
  REQUIRE(due.size() == 1);
  due[0]->asking = true;
  CHECK(head.take_due(3'000, 10).empty());
  due[0]->asking = false;
  head.ask_at(*due[0], 2'500);
  CHECK(head.next_due_ms() == 2'500);
  CHECK(head.take_due(2'500, 10).size() == 1);
}

TEST_CASE("a query that comes due while a call is under way is looked at again when that has ended (P18)") {
  Head head;
  auto payment = open_payment(0);
  payment.next_query_at_ms = 1'000;
  head.put(payment, false, 0);
  head.find(payment.payment_id)->asking = true;
  CHECK(head.take_due(1'000, 10).empty());
  head.find(payment.payment_id)->asking = false;  // its answer changed nothing
  CHECK(head.next_due_ms() != 0);
  CHECK(head.take_due(1'000 + limits::channel_timeout_ms, 10).size() == 1);
}
