// Close and reverse: tombstones in both orders, money given back once, and the late success that a test asks for.
#include <catch2/catch.hpp>

#include "loadtest/channel_sim/channel_book.hpp"
#include "tests/unit/loadtest/channel_sim/requests.hpp"

using namespace acq;
using namespace acq::channel_sim;

TEST_CASE("a close before its charge is a tombstone: the charge that comes later is never executed") {
  ChannelBook book({});
  const auto amount =
      GENERATE(1'000, 1'051, 1'053, 1'054, 1'055, 1'056, 1'057, 1'058, 1'059, 1'060, 1'061, 1'062, 1'063);
  const Reply closed = book.close(end_of("r", amount), t0);
  CHECK(closed.answer.status == "closed");
  CHECK(closed.answer.amount == amount);
  CHECK(closed.answer.merchant_order_id == "order-1");
  const Reply charged = book.charge(charge_of("r", amount), t0 + 1);
  CHECK(charged.kind == ReplyKind::answer);
  CHECK(charged.answer.status == "closed");
  CHECK(book.charge(charge_of("r", amount), t0 + 10'000).answer.status == "closed");
  CHECK(book.query("r", t0 + 20'000).answer.status == "closed");
  CHECK(book.order_totals("order-1", t0 + 20'000) == Totals{0, 0, 0, 2});
}

TEST_CASE("a reversal before its charge is a tombstone too") {
  ChannelBook book({});
  CHECK(book.reverse(end_of("r", 1'000), t0).answer.status == "closed");
  CHECK(book.charge(charge_of("r", 1'000), t0 + 1).answer.status == "closed");
  CHECK(book.totals(t0 + 1) == Totals{0, 0, 0, 1});
}

TEST_CASE("a close after its charge tells the success and leaves the money where it is") {
  ChannelBook book({});
  book.charge(charge_of("r", 1'000), t0);
  CHECK(book.close(end_of("r", 1'000), t0).answer.status == "succeeded");
  CHECK(book.close(end_of("r", 1'000), t0).answer.status == "succeeded");
  CHECK(book.totals(t0) == Totals{1, 1'000, 0, 1});
  CHECK(book.totals(t0).kept() == 1);
}

TEST_CASE("a charge that is waiting for its payer can be closed, and the payer then pays nothing") {
  ChannelBook book({});
  book.charge(charge_of("r", 1'053), t0);
  CHECK(book.close(end_of("r", 1'053), t0 + 1'999).answer.status == "closed");
  CHECK(book.query("r", t0 + 3'000).answer.status == "closed");
  CHECK(book.totals(t0 + 3'000).charges == 0);
}

TEST_CASE("a close that comes after the payer has paid tells the success") {
  ChannelBook book({});
  book.charge(charge_of("r", 1'053), t0);
  CHECK(book.close(end_of("r", 1'053), t0 + 2'000).answer.status == "succeeded");
  CHECK(book.totals(t0 + 2'000).charges == 1);
}

TEST_CASE("a request that failed or was lost on its way can be closed for ever") {
  ChannelBook book({});
  const auto amount = GENERATE(1'055, 1'062);
  book.charge(charge_of("r", amount), t0);
  CHECK(book.close(end_of("r", amount), t0 + 1).answer.status == "closed");
  CHECK(book.charge(charge_of("r", amount), t0 + 10'000).answer.status == "closed");
  CHECK(book.totals(t0 + 10'000).charges == 0);
}

TEST_CASE("a reversal gives the money back once, however often it is asked") {
  ChannelBook book({});
  const auto amount = GENERATE(1'000, 1'054, 1'057, 1'061);
  book.charge(charge_of("r", amount), t0);
  for (int i = 0; i < 3; ++i) CHECK(book.reverse(end_of("r", amount), t0).answer.status == "reversed");
  CHECK(book.query("r", t0).answer.status == "reversed");
  CHECK(book.close(end_of("r", amount), t0).answer.status == "reversed");
  CHECK(book.charge(charge_of("r", amount), t0).answer.status == "reversed");
  const Totals totals = book.totals(t0);
  CHECK(totals == Totals{1, amount, amount, 2, 0, 1, 1});
  CHECK(totals.kept() == 0);
}

TEST_CASE("what was declined, awaited or closed has nothing to reverse") {
  ChannelBook book({});
  book.charge(charge_of("declined", 1'051), t0);
  book.charge(charge_of("awaited", 1'060), t0);
  book.close(end_of("closed", 1'000), t0);
  CHECK(book.reverse(end_of("declined", 1'051), t0).answer.status == "closed");
  CHECK(book.reverse(end_of("awaited", 1'060), t0).answer.status == "closed");
  CHECK(book.reverse(end_of("closed", 1'000), t0).answer.status == "closed");
  CHECK(book.totals(t0) == Totals{0, 0, 0, 2});
}

TEST_CASE("an end that names the charge wrongly is refused and changes nothing") {
  ChannelBook book({});
  book.charge(charge_of("r", 1'060), t0);
  codec::EndRequest other = end_of("r", 1'060);
  SECTION("merchant") {
    other.merchant_id += "x";
  }
  SECTION("number") {
    other.merchant_order_id += "x";
  }
  SECTION("amount") {
    other.amount += 100;
  }
  SECTION("currency") {
    other.currency = "USD";
  }
  CHECK(book.close(other, t0).kind == ReplyKind::fields_differ);
  CHECK(book.reverse(other, t0).kind == ReplyKind::fields_differ);
  CHECK(book.query("r", t0).answer.status == "awaiting_payer");
}

TEST_CASE("a charge that differs from its tombstone is refused; its method and code are new and do not count") {
  ChannelBook book({});
  book.close(end_of("r", 1'000), t0);
  CHECK(book.charge(charge_of("r", 2'000), t0).kind == ReplyKind::fields_differ);
  codec::ChargeRequest barcode = charge_of("r", 1'000);
  barcode.method = "barcode";
  barcode.code = "130000000000000001";
  CHECK(book.charge(barcode, t0).answer.status == "closed");
  CHECK(book.charge(charge_of("r", 1'000), t0).kind == ReplyKind::fields_differ);
  CHECK(book.totals(t0).charges == 0);
}

TEST_CASE("a flip charges what was declined or closed, once") {
  ChannelBook book({});
  book.charge(charge_of("declined", 1'051), t0);
  book.close(end_of("closed", 2'000), t0);
  CHECK(book.flip("declined", t0).answer.status == "succeeded");
  CHECK(book.flip("closed", t0).answer.status == "succeeded");
  CHECK(book.flip("declined", t0).kind == ReplyKind::not_flippable);
  CHECK(book.flip("nobody", t0).kind == ReplyKind::unheard);
  CHECK(book.query("declined", t0).answer.status == "succeeded");
  CHECK(book.query("declined", t0).answer.decline_code.empty());
  CHECK(book.charge(charge_of("closed", 2'000), t0).answer.status == "succeeded");
  CHECK(book.totals(t0) == Totals{2, 3'051, 0, 2});
}

TEST_CASE("what stands as charged, awaited or reversed cannot be flipped") {
  ChannelBook book({});
  book.charge(charge_of("charged", 1'000), t0);
  book.charge(charge_of("awaited", 1'060), t0);
  book.charge(charge_of("reversed", 1'000), t0);
  book.reverse(end_of("reversed", 1'000), t0);
  for (const auto* id : {"charged", "awaited", "reversed"}) {
    INFO(id);
    CHECK(book.flip(id, t0).kind == ReplyKind::not_flippable);
  }
  CHECK(book.totals(t0).charges == 2);
}

TEST_CASE("a full book takes no tombstone, and an unfinished one keeps no trace of it") {
  BookOptions options;
  options.requests_max = 1;
  ChannelBook book(options);
  book.charge(charge_of("r-1", 1'060), t0);
  CHECK(book.close(end_of("r-2", 1'000), t0).kind == ReplyKind::full);
  CHECK(book.query("r-2", t0).kind == ReplyKind::unheard);
  CHECK(book.close(end_of("r-1", 1'060), t0).answer.status == "closed");
  CHECK(book.refund(refund_of("f-1", "r-1", 1), t0).kind == ReplyKind::full);
}
