// Refunds: each request id once, at most what was charged, and the fates 71 to 74.
#include <catch2/catch.hpp>

#include "loadtest/channel_sim/channel_book.hpp"
#include "tests/unit/loadtest/channel_sim/requests.hpp"

using namespace acq;
using namespace acq::channel_sim;

namespace {

/// A book with one charge of 10,000 named "r".
ChannelBook charged_book() {
  ChannelBook book({});
  book.charge(charge_of("r", 10'000), t0);
  return book;
}

}  // namespace

TEST_CASE("a refund is executed once and tells everything that was asked") {
  ChannelBook book = charged_book();
  const RefundResult first = book.refund(refund_of("f", "r", 4'000), t0);
  CHECK(first.kind == ReplyKind::answer);
  CHECK(first.reply.status == "succeeded");
  CHECK(first.reply.refund_request_id == "f");
  CHECK(first.reply.charge_request_id == "r");
  CHECK(first.reply.merchant_id == "mer_1");
  CHECK(first.reply.merchant_order_id == "order-1");
  CHECK(first.reply.amount == 4'000);
  CHECK(first.reply.currency == "CNY");
  CHECK(first.reply.code.empty());
  const RefundResult again = book.refund(refund_of("f", "r", 4'000), t0 + 9'000);
  CHECK(again.reply.status == "succeeded");
  CHECK(again.reply.channel_reference == first.reply.channel_reference);
  CHECK(book.query_refund("f", t0).reply.status == "succeeded");
  CHECK(book.order_totals("order-1", t0) == Totals{1, 10'000, 4'000, 1, 1, 0, 0});
}

TEST_CASE("71 is declined and gives nothing back, now and later") {
  ChannelBook book = charged_book();
  CHECK(book.refund(refund_of("f", "r", 1'071), t0).reply.code == "refund_declined");
  CHECK(book.query_refund("f", t0 + 60'000).reply.status == "failed");
  CHECK(book.totals(t0 + 60'000) == Totals{1, 10'000, 0, 1});
}

TEST_CASE("72 gives the money back and loses its first answer") {
  ChannelBook book = charged_book();
  CHECK(book.refund(refund_of("f", "r", 1'072), t0).kind == ReplyKind::timed_out);
  CHECK(book.query_refund("f", t0).reply.status == "succeeded");
  CHECK(book.refund(refund_of("f", "r", 1'072), t0).reply.status == "succeeded");
  CHECK(book.totals(t0) == Totals{1, 10'000, 1'072, 1, 1, 0, 0});
}

TEST_CASE("73 is pending for two seconds and ends whether anybody asks or not") {
  ChannelBook book = charged_book();
  CHECK(book.refund(refund_of("f", "r", 1'073), t0).reply.status == "pending");
  CHECK(book.query_refund("f", t0 + 1'999).reply.status == "pending");
  CHECK(book.totals(t0 + 1'999).refunded_amount == 0);
  CHECK(book.totals(t0 + 2'000) == Totals{1, 10'000, 1'073, 1, 1, 0, 0});
  CHECK(book.query_refund("f", t0 + 2'000).reply.status == "succeeded");
}

TEST_CASE("74 fails once without giving back, and succeeds on the next try") {
  ChannelBook book = charged_book();
  CHECK(book.refund(refund_of("f", "r", 1'074), t0).kind == ReplyKind::failed);
  CHECK(book.query_refund("f", t0).kind == ReplyKind::unheard);
  CHECK(book.totals(t0).refunded_amount == 0);
  CHECK(book.refund(refund_of("f", "r", 1'074), t0).reply.status == "succeeded");
  CHECK(book.totals(t0) == Totals{1, 10'000, 1'074, 1, 1, 0, 0});
}

TEST_CASE("a refund that never came is unheard of") {
  ChannelBook book = charged_book();
  const RefundResult result = book.query_refund("f", t0);
  CHECK(result.kind == ReplyKind::unheard);
  CHECK(result.reply.status == "unheard");
  CHECK(result.reply.refund_request_id == "f");
}

TEST_CASE("refunds together give back no more than was charged, what is pending counted in") {
  ChannelBook book = charged_book();
  CHECK(book.refund(refund_of("f-1", "r", 6'073), t0).reply.status == "pending");
  CHECK(book.refund(refund_of("f-2", "r", 4'000), t0).reply.code == "exceeds_charge");
  CHECK(book.refund(refund_of("f-3", "r", 3'927), t0).reply.status == "succeeded");
  CHECK(book.totals(t0).kept() == 1);
  CHECK(book.totals(t0 + 2'000) == Totals{1, 10'000, 10'000, 1, 2, 0, 1});
  CHECK(book.totals(t0 + 2'000).kept() == 0);
  // A failure is final under its id.
  CHECK(book.refund(refund_of("f-2", "r", 4'000), t0 + 2'000).reply.code == "exceeds_charge");
}

TEST_CASE("a reversal gives back what refunds have left") {
  ChannelBook book = charged_book();
  book.refund(refund_of("f-1", "r", 4'000), t0);
  book.refund(refund_of("f-2", "r", 1'073), t0);
  CHECK(book.reverse(end_of("r", 10'000), t0).answer.status == "reversed");
  CHECK(book.totals(t0).refunded_amount == 8'927);
  CHECK(book.totals(t0 + 2'000) == Totals{1, 10'000, 10'000, 1, 2, 1, 1});
  CHECK(book.refund(refund_of("f-3", "r", 1), t0 + 2'000).reply.code == "already_reversed");
}

TEST_CASE("a reversal after the whole was refunded gives nothing back") {
  ChannelBook book = charged_book();
  book.refund(refund_of("f", "r", 10'000), t0);
  CHECK(book.reverse(end_of("r", 10'000), t0).answer.status == "reversed");
  CHECK(book.totals(t0) == Totals{1, 10'000, 10'000, 1, 1, 0, 1});
}

TEST_CASE("only what was charged is refunded") {
  ChannelBook book({});
  book.charge(charge_of("declined", 1'051), t0);
  book.charge(charge_of("awaited", 1'060), t0);
  book.charge(charge_of("lost", 1'062), t0);
  book.close(end_of("closed", 1'000), t0);
  CHECK(book.refund(refund_of("f-1", "declined", 1), t0).reply.code == "not_charged");
  CHECK(book.refund(refund_of("f-2", "awaited", 1), t0).reply.code == "not_charged");
  CHECK(book.refund(refund_of("f-3", "closed", 1), t0).reply.code == "not_charged");
  CHECK(book.refund(refund_of("f-4", "lost", 1), t0).reply.code == "charge_unknown");
  const RefundResult unknown = book.refund(refund_of("f-5", "nobody", 1), t0);
  CHECK(unknown.reply.status == "failed");
  CHECK(unknown.reply.code == "charge_unknown");
  CHECK(book.totals(t0).refunds == 0);
}

TEST_CASE("a refund that names another merchant, number or currency than its charge fails") {
  ChannelBook book = charged_book();
  codec::RefundRequest other = refund_of("f", "r", 1'000);
  SECTION("merchant") {
    other.merchant_id += "x";
  }
  SECTION("number") {
    other.merchant_order_id += "x";
  }
  SECTION("currency") {
    other.currency = "USD";
  }
  CHECK(book.refund(other, t0).reply.code == "charge_differs");
  CHECK(book.totals(t0).refunded_amount == 0);
}

TEST_CASE("a known refund id with other fields is refused and changes nothing") {
  ChannelBook book = charged_book();
  book.refund(refund_of("f", "r", 1'000), t0);
  CHECK(book.refund(refund_of("f", "r", 2'000), t0).kind == ReplyKind::fields_differ);
  CHECK(book.refund(refund_of("f", "other", 1'000), t0).kind == ReplyKind::fields_differ);
  CHECK(book.totals(t0).refunded_amount == 1'000);
}

TEST_CASE("a late success is refunded like any other") {
  ChannelBook book({});
  book.charge(charge_of("r", 1'051), t0);
  book.flip("r", t0);
  CHECK(book.refund(refund_of("r-auto", "r", 1'051), t0).reply.status == "succeeded");
  CHECK(book.totals(t0) == Totals{1, 1'051, 1'051, 1, 1, 0, 1});
}
