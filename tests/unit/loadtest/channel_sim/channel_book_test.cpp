// The simulated bank's fates, its counters, and that a request id is executed once.
#include "loadtest/channel_sim/channel_book.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/loadtest/channel_sim/requests.hpp"

using namespace acq;
using namespace acq::channel_sim;

TEST_CASE("an ordinary amount succeeds at once and tells everything that was asked") {
  ChannelBook book({});
  const Reply reply = book.charge(charge_of("r-1", 1'000), t0);
  CHECK(reply.kind == ReplyKind::answer);
  CHECK(reply.delay_ms == 0);
  CHECK(reply.answer.status == "succeeded");
  CHECK(reply.answer.request_id == "r-1");
  CHECK(reply.answer.merchant_id == "mer_1");
  CHECK(reply.answer.merchant_order_id == "order-1");
  CHECK(reply.answer.amount == 1'000);
  CHECK(reply.answer.currency == "CNY");
  CHECK_FALSE(reply.answer.channel_reference.empty());
  CHECK(book.order_totals("order-1", t0) == Totals{1, 1'000, 0, 1});
}

TEST_CASE("51 and 52 are declined with their codes and charge nothing") {
  ChannelBook book({});
  const Reply funds = book.charge(charge_of("r-51", 1'051), t0);
  const Reply code = book.charge(charge_of("r-52", 1'052), t0);
  CHECK(funds.answer.status == "declined");
  CHECK(funds.answer.decline_code == "insufficient_funds");
  CHECK(code.answer.decline_code == "expired_code");
  CHECK(book.query("r-51", t0).answer.status == "declined");
  CHECK(book.totals(t0) == Totals{0, 0, 0, 2});
}

TEST_CASE("53 waits for the payer with a code_url and is charged once after two seconds") {
  ChannelBook book({});
  const Reply first = book.charge(charge_of("r-53", 1'053), t0);
  CHECK(first.answer.status == "awaiting_payer");
  CHECK(first.answer.code_url == "https://pay.example/q/r-53");
  CHECK(book.query("r-53", t0 + 1'999).answer.status == "awaiting_payer");
  CHECK(book.order_totals("order-1", t0 + 1'999).charges == 0);
  // The payer pays whether anybody asks or not.
  CHECK(book.order_totals("order-1", t0 + 2'000) == Totals{1, 1'053, 0, 1});
  CHECK(book.query("r-53", t0 + 2'000).answer.status == "succeeded");
  CHECK(book.charge(charge_of("r-53", 1'053), t0 + 2'100).answer.status == "succeeded");
  CHECK(book.totals(t0 + 9'000).charges == 1);
}

TEST_CASE("54 charges, loses the answer, and tells the success to a query and to a repeat") {
  ChannelBook book({});
  CHECK(book.charge(charge_of("r-54", 1'054), t0).kind == ReplyKind::timed_out);
  CHECK(book.query("r-54", t0).answer.status == "succeeded");
  CHECK(book.charge(charge_of("r-54", 1'054), t0 + 1).answer.status == "succeeded");
  CHECK(book.order_totals("order-1", t0) == Totals{1, 1'054, 0, 2});
}

TEST_CASE("55 is unheard of until the request comes again after late_arrival_ms") {
  BookOptions options;
  options.late_arrival_ms = 2'000;
  ChannelBook book(options);
  CHECK(book.charge(charge_of("r-55", 1'055), t0).kind == ReplyKind::timed_out);
  const Reply query = book.query("r-55", t0 + 5'000);
  CHECK(query.kind == ReplyKind::unheard);
  CHECK(query.answer.status == "unheard");
  CHECK(query.answer.request_id == "r-55");
  CHECK(book.charge(charge_of("r-55", 1'055), t0 + 1'999).kind == ReplyKind::timed_out);
  CHECK(book.totals(t0 + 1'999).charges == 0);
  CHECK(book.charge(charge_of("r-55", 1'055), t0 + 2'000).answer.status == "succeeded");
  CHECK(book.order_totals("order-1", t0 + 2'000) == Totals{1, 1'055, 0, 3});
}

TEST_CASE("56 is charged at once and answered after three seconds; queries do not wait") {
  ChannelBook book({});
  const Reply reply = book.charge(charge_of("r-56", 1'056), t0);
  CHECK(reply.answer.status == "succeeded");
  CHECK(reply.delay_ms == 3'000);
  CHECK(book.query("r-56", t0 + 1).delay_ms == 0);
  CHECK(book.charge(charge_of("r-56", 1'056), t0 + 1).delay_ms == 0);
  CHECK(book.totals(t0).charges == 1);
}

TEST_CASE("57 is charged and never answered; queries learn nothing for five seconds, then the success") {
  ChannelBook book({});
  CHECK(book.charge(charge_of("r-57", 1'057), t0).kind == ReplyKind::silent);
  CHECK(book.query("r-57", t0 + 4'999).kind == ReplyKind::timed_out);
  CHECK(book.charge(charge_of("r-57", 1'057), t0 + 4'999).kind == ReplyKind::silent);
  CHECK(book.query("r-57", t0 + 5'000).answer.status == "succeeded");
  CHECK(book.charge(charge_of("r-57", 1'057), t0 + 5'000).answer.status == "succeeded");
  CHECK(book.order_totals("order-1", t0 + 5'000) == Totals{1, 1'057, 0, 3});
}

TEST_CASE("58 tells a wrong amount in every answer while the right one is charged") {
  ChannelBook book({});
  CHECK(book.charge(charge_of("r-58", 1'058), t0).answer.amount == 1'059);
  CHECK(book.charge(charge_of("r-58", 1'058), t0).answer.amount == 1'059);
  const Reply query = book.query("r-58", t0 + 60'000);
  CHECK(query.answer.status == "succeeded");
  CHECK(query.answer.amount == 1'059);
  CHECK(book.close(end_of("r-58", 1'058), t0 + 60'000).answer.amount == 1'059);
  CHECK(book.order_totals("order-1", t0) == Totals{1, 1'058, 0, 2});
}

TEST_CASE("59 is an ordinary success for those who ask") {
  ChannelBook book({});
  CHECK(book.charge(charge_of("r-59", 1'059), t0).answer.status == "succeeded");
  CHECK(book.query("r-59", t0).answer.merchant_order_id == "order-1");
  CHECK(book.order_totals("order-1", t0) == Totals{1, 1'059, 0, 1});
}

TEST_CASE("60 waits for the payer until it is closed, and is never charged") {
  ChannelBook book({});
  CHECK(book.charge(charge_of("r-60", 1'060), t0).answer.status == "awaiting_payer");
  CHECK(book.query("r-60", t0 + 86'400'000).answer.status == "awaiting_payer");
  CHECK(book.close(end_of("r-60", 1'060), t0 + 86'400'000).answer.status == "closed");
  CHECK(book.query("r-60", t0 + 86'500'000).answer.status == "closed");
  CHECK(book.charge(charge_of("r-60", 1'060), t0 + 86'500'000).answer.status == "closed");
  CHECK(book.order_totals("order-1", t0 + 86'500'000) == Totals{0, 0, 0, 2});
}

TEST_CASE("61 tells its success only once a close was asked, and is charged once") {
  ChannelBook book({});
  CHECK(book.charge(charge_of("r-61", 1'061), t0).answer.status == "awaiting_payer");
  CHECK(book.charge(charge_of("r-61", 1'061), t0).answer.status == "awaiting_payer");
  CHECK(book.query("r-61", t0 + 60'000).answer.status == "awaiting_payer");
  const Reply closed = book.close(end_of("r-61", 1'061), t0 + 60'000);
  CHECK(closed.answer.status == "succeeded");
  CHECK(closed.answer.code_url.empty());
  CHECK(book.query("r-61", t0 + 60'000).answer.status == "succeeded");
  CHECK(book.order_totals("order-1", t0 + 60'000) == Totals{1, 1'061, 0, 2});
}

TEST_CASE("62 fails once without charging, and succeeds on the next try") {
  ChannelBook book({});
  CHECK(book.charge(charge_of("r-62", 1'062), t0).kind == ReplyKind::failed);
  CHECK(book.query("r-62", t0 + 60'000).kind == ReplyKind::unheard);
  CHECK(book.totals(t0 + 60'000).charges == 0);
  CHECK(book.charge(charge_of("r-62", 1'062), t0 + 60'000).answer.status == "succeeded");
  CHECK(book.order_totals("order-1", t0 + 60'000) == Totals{1, 1'062, 0, 2});
}

TEST_CASE("63 is unheard of for five seconds, then arrives and charges by itself") {
  ChannelBook book({});
  CHECK(book.charge(charge_of("r-63", 1'063), t0).kind == ReplyKind::timed_out);
  CHECK(book.query("r-63", t0 + 4'999).kind == ReplyKind::unheard);
  CHECK(book.order_totals("order-1", t0 + 4'999) == Totals{});
  CHECK(book.order_totals("order-1", t0 + 5'000) == Totals{1, 1'063, 0, 1});
  CHECK(book.query("r-63", t0 + 5'000).answer.status == "succeeded");
}

TEST_CASE("63 repeated before that charges at once, and what arrives late is a duplicate") {
  ChannelBook book({});
  book.charge(charge_of("r-63", 1'063), t0);
  CHECK(book.charge(charge_of("r-63", 1'063), t0 + 2'000).answer.status == "succeeded");
  CHECK(book.order_totals("order-1", t0 + 2'000) == Totals{1, 1'063, 0, 1});
  CHECK(book.order_totals("order-1", t0 + 5'000) == Totals{1, 1'063, 0, 2});
}

TEST_CASE("63 closed while it is on its way is never charged") {
  ChannelBook book({});
  book.charge(charge_of("r-63", 1'063), t0);
  CHECK(book.close(end_of("r-63", 1'063), t0 + 1'000).answer.status == "closed");
  CHECK(book.order_totals("order-1", t0 + 5'000) == Totals{0, 0, 0, 1});
  CHECK(book.query("r-63", t0 + 5'000).answer.status == "closed");
}

TEST_CASE("a repeated request id is executed once and gets the stored answer") {
  ChannelBook book({});
  const Reply first = book.charge(charge_of("r-1", 1'000), t0);
  for (int i = 0; i < 10; ++i) {
    const Reply again = book.charge(charge_of("r-1", 1'000), t0 + i);
    CHECK(again.answer.channel_reference == first.answer.channel_reference);
  }
  CHECK(book.totals(t0) == Totals{1, 1'000, 0, 11});
}

TEST_CASE("a known request id with any other field is refused and changes nothing") {
  ChannelBook book({});
  codec::ChargeRequest original = charge_of("r-1", 1'000);
  original.method = "barcode";
  original.code = "130000000000000001";
  book.charge(original, t0);
  auto changed = GENERATE_COPY(values<std::string codec::ChargeRequest::*>(
      {&codec::ChargeRequest::merchant_id, &codec::ChargeRequest::merchant_order_id, &codec::ChargeRequest::currency,
       &codec::ChargeRequest::method, &codec::ChargeRequest::code}));
  codec::ChargeRequest other = original;
  other.*changed += "x";
  if (other.method == "barcodex") other.method = "qr";
  CHECK(book.charge(other, t0).kind == ReplyKind::fields_differ);
  other = original;
  other.amount += 1;
  CHECK(book.charge(other, t0).kind == ReplyKind::fields_differ);
  CHECK(book.totals(t0).charges == 1);
}

TEST_CASE("two request ids of one order number are two charges, which is how a double charge is seen") {
  ChannelBook book({});
  book.charge(charge_of("pay-1", 1'000, "order-7"), t0);
  book.charge(charge_of("pay-2", 1'000, "order-7"), t0);
  CHECK(book.order_totals("order-7", t0) == Totals{2, 2'000, 0, 2});
  CHECK(book.order_totals("order-8", t0) == Totals{});
}

TEST_CASE("a query for an id that never came is unheard of") {
  ChannelBook book({});
  CHECK(book.query("nobody", t0).kind == ReplyKind::unheard);
}

TEST_CASE("a full book refuses new ids, still answers known ones, and is emptied by a reset") {
  BookOptions options;
  options.requests_max = 2;
  ChannelBook book(options);
  book.charge(charge_of("r-1", 1'000), t0);
  book.charge(charge_of("r-2", 1'053), t0);
  CHECK(book.charge(charge_of("r-3", 1'000), t0).kind == ReplyKind::full);
  CHECK(book.charge(charge_of("r-1", 1'000), t0).kind == ReplyKind::answer);
  CHECK(book.totals(t0).charges == 1);
  book.reset();
  CHECK(book.totals(t0 + 10'000) == Totals{});
  CHECK(book.charge(charge_of("r-3", 1'000), t0).answer.status == "succeeded");
}
