// Faults: their JSON, the seeded dice, and what chance does to a charge in the book.
#include "loadtest/channel_sim/faults.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "loadtest/channel_sim/channel_book.hpp"
#include "tests/support/result_text.hpp"
#include "tests/unit/loadtest/channel_sim/requests.hpp"

using namespace acq;
using namespace acq::channel_sim;

namespace {

std::vector<bool> errors(std::uint64_t seed, const Faults& faults, int rolls) {
  Dice dice(seed);
  std::vector<bool> all;
  for (int i = 0; i < rolls; ++i) all.push_back(dice.roll(faults).error);
  return all;
}

}  // namespace

TEST_CASE("faults come back from their bytes") {
  Faults faults;
  faults.delay_ms = 250;
  faults.error_rate = 0.125;
  faults.timeout_rate = 1;
  faults.duplicate_rate = 0.1;
  faults.late_rate = 0.01;
  faults.flip_rate = 0.5;
  faults.down = true;
  const auto back = decode_faults(encode_faults(faults));
  REQUIRE(back);
  CHECK(*back == faults);
}

TEST_CASE("what a body leaves out is none") {
  CHECK(*decode_faults("{}") == Faults{});
  CHECK(*decode_faults(" { } \n") == Faults{});
  const auto one = decode_faults("{ \"error_rate\" : 1e-1 }");
  REQUIRE(one);
  CHECK(one->error_rate == 0.1);
  CHECK(one->any());
  CHECK_FALSE(Faults{}.any());
}

TEST_CASE("faults that cannot be meant are refused") {
  const auto* body =
      GENERATE("", "[]", "null", "{", "{\"error_rate\":0.1", "{\"error_rate\"}", "{\"error_rate\":}",
               "{\"error_rate\":1.01}", "{\"error_rate\":-0.1}", "{\"error_rate\":nan}", "{\"error_rate\":inf}",
               "{\"error_rate\":\"0.1\"}", "{\"error_rate\":true}", "{\"error_rate\":0.1,}", "{\"error_rate\":0.1}x",
               "{\"error_rate\":0.1,\"error_rate\":0.1}", "{\"delay_ms\":-1}", "{\"delay_ms\":60001}",
               "{\"delay_ms\":1.5}", "{\"down\":1}", "{\"down\":\"true\"}", "{\"eror_rate\":0.1}", "{\"\":0}",
               "{\"a\\\"b\":0}", "{\"error_rate\":{\"a\":1}}", "{\"error_rate\":[1]}");
  INFO(body);
  CHECK_FALSE(decode_faults(body));
}

TEST_CASE("a seed repeats its hits, and another one hits others") {
  Faults faults;
  faults.error_rate = 0.3;
  CHECK(errors(7, faults, 500) == errors(7, faults, 500));
  CHECK(errors(7, faults, 500) != errors(8, faults, 500));
  // Another rate moves nothing.
  Faults more = faults;
  more.flip_rate = 0.9;
  CHECK(errors(7, more, 500) == errors(7, faults, 500));
}

TEST_CASE("a rate is the share that is hit: none at 0, all at 1") {
  Faults faults;
  faults.error_rate = 0.25;
  faults.timeout_rate = 1;
  Dice dice(1);
  int hit = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Hit one = dice.roll(faults);
    if (one.error) ++hit;
    REQUIRE(one.timeout);
    REQUIRE_FALSE(one.late);
  }
  CHECK(hit > 2'300);
  CHECK(hit < 2'700);
}

TEST_CASE("a charge that is late is answered nothing and arrives three seconds later with its own fate") {
  ChannelBook book({});
  CHECK(book.charge(charge_of("r", 1'000), t0, {.late = true}).kind == ReplyKind::timed_out);
  CHECK(book.charge(charge_of("declined", 1'051), t0, {.late = true}).kind == ReplyKind::timed_out);
  CHECK(book.query("r", t0 + 2'999).kind == ReplyKind::unheard);
  CHECK(book.totals(t0 + 2'999) == Totals{});
  CHECK(book.query("r", t0 + 3'000).answer.status == "succeeded");
  CHECK(book.query("declined", t0 + 3'000).answer.status == "declined");
  CHECK(book.totals(t0 + 3'000) == Totals{1, 1'000, 0, 2});
}

TEST_CASE("a late repeat of what was charged is one more request and no more") {
  ChannelBook book({});
  book.charge(charge_of("r", 1'000), t0);
  CHECK(book.charge(charge_of("r", 1'000), t0, {.late = true}).kind == ReplyKind::timed_out);
  CHECK(book.totals(t0 + 3'000) == Totals{1, 1'000, 0, 2});
}

TEST_CASE("a late charge that was closed meanwhile is never executed") {
  ChannelBook book({});
  book.charge(charge_of("r", 1'000), t0, {.late = true});
  CHECK(book.close(end_of("r", 1'000), t0 + 1'000).answer.status == "closed");
  CHECK(book.totals(t0 + 3'000) == Totals{0, 0, 0, 1});
}

TEST_CASE("a charge that comes twice is charged once, counted twice and notified twice") {
  BookOptions options;
  options.notifies = true;
  ChannelBook book(options);
  CHECK(book.charge(charge_of("r", 1'000), t0, {.twice = true}).answer.status == "succeeded");
  CHECK(book.totals(t0) == Totals{1, 1'000, 0, 2});
  const auto first = book.outbox().take(t0);
  const auto second = book.outbox().take(t0);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->id == second->id);
  CHECK_FALSE(book.outbox().take(t0));
}

TEST_CASE("a charge that comes twice and late arrives twice") {
  ChannelBook book({});
  book.charge(charge_of("r", 1'000), t0, {.late = true, .twice = true});
  CHECK(book.totals(t0 + 3'000) == Totals{1, 1'000, 0, 2});
}

TEST_CASE("a decline that flips takes the money a second later and says so") {
  BookOptions options;
  options.notifies = true;
  ChannelBook book(options);
  CHECK(book.charge(charge_of("r", 1'052), t0, {.flips = true}).answer.status == "declined");
  CHECK(book.query("r", t0 + 999).answer.status == "declined");
  CHECK(book.query("r", t0 + 1'000).answer.status == "succeeded");
  CHECK(book.totals(t0 + 1'000) == Totals{1, 1'052, 0, 1});
  CHECK(book.outbox().waiting() == 1);
}

TEST_CASE("what is not declined does not flip, nor what was closed within that second") {
  ChannelBook book({});
  book.charge(charge_of("charged", 1'000), t0, {.flips = true});
  book.charge(charge_of("closed", 1'051), t0, {.flips = true});
  book.close(end_of("closed", 1'051), t0 + 500);
  CHECK(book.totals(t0 + 60'000).charges == 1);
  CHECK(book.query("closed", t0 + 60'000).answer.status == "closed");
}
