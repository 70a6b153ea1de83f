// Prefer: wait: the header, what a held request does next, and what ends its wait (P25).
#include <catch2/catch.hpp>

#include "common/codec/api_json.hpp"
#include "gateway/attempt_marker.hpp"
#include "gateway/holding.hpp"
#include "gateway/preference.hpp"
#include "gateway/wait_plan.hpp"

namespace {
using namespace acq;
using namespace acq::gateway;
using Step = WaitPlan::Step;

std::optional<std::uint32_t> preferred(std::vector<std::string_view> values) {
  http::Request request;
  request.headers.push_back({"Accept", "wait=9"});
  for (const auto value : values) request.headers.push_back({"prefer", value});
  return preferred_wait_s(request);
}

Payment payment_in(PaymentState state, std::int32_t sequence, std::int32_t attempt = 1) {
  Payment payment;
  payment.payment_id = make_payment_id(1, 2, 3);
  payment.merchant_order_id = "order-1";
  payment.amount = 100;
  payment.currency = Currency::parse("CNY").value();
  payment.state = state;
  payment.sequence = sequence;
  payment.attempt = attempt;
  return payment;
}
Shown shown_in(PaymentState state, std::int32_t sequence, std::int32_t attempt = 1) {
  return show(payment_in(state, sequence, attempt));
}
std::int32_t sequence_of(const Reading& reading) {
  return std::get<Shown>(reading).sequence;
}
}  // namespace

TEST_CASE("Prefer: the first wait counts, in any place and company") {
  CHECK_FALSE(preferred({}));
  CHECK(preferred({"wait=5"}) == 5U);
  CHECK(preferred({"respond-async, WAIT = 7 ; foo=1, wait=9"}) == 7U);
  CHECK(preferred({"respond-async", "wait=3"}) == 3U);
  CHECK(preferred({R"(note="a, wait=1", wait=4)"}) == 4U);
  CHECK(preferred({R"(note="a\", wait=1", wait=4)"}) == 4U);
  CHECK(preferred({"wait=0"}) == 0U);
  CHECK(preferred({"wait=60"}) == 60U);
  CHECK(preferred({"wait=61"}) == 60U);
  CHECK(preferred({"wait=99999999999999"}) == 60U);
}

TEST_CASE("Prefer: what is no number of seconds is no preference") {
  for (const auto value :
       {"", "wait", "wait=", "wait=-1", "wait=1.5", "wait=\"5\"", "wait=5s", "await=5", ",;=,", "\""}) {
    INFO(value);
    CHECK_FALSE(preferred({value}));
  }
}

TEST_CASE("a wait reads after 1 s and then every 2 s, whenever it is woken, and once at its end") {
  WaitPlan plan(10'000, 16'500);
  CHECK(plan.wake_at_ms() == 11'000);
  CHECK(plan.next({.at_ms = 10'000}) == Step::sleep);
  CHECK(plan.next({.at_ms = 10'200, .woken = true}) == Step::read);
  plan.has_read(10'201);
  CHECK(plan.wake_at_ms() == 11'000);
  CHECK(plan.next({.at_ms = 10'999}) == Step::sleep);
  CHECK(plan.next({.at_ms = 11'000}) == Step::read);
  plan.has_read(11'000);
  CHECK(plan.wake_at_ms() == 13'000);
  plan.has_read(13'000);
  plan.has_read(15'000);
  CHECK(plan.wake_at_ms() == 16'500);
  CHECK(plan.next({.at_ms = 16'499}) == Step::sleep);
  CHECK(plan.next({.at_ms = 16'500}) == Step::read);
  plan.has_read(16'501);
  CHECK(plan.next({.at_ms = 16'501}) == Step::answer);
  CHECK(plan.next({.at_ms = 16'501, .woken = true}) == Step::answer);
}

TEST_CASE("a wait ends at once when it has what it waited for, or when nobody waits any more") {
  const WaitPlan plan(10'000, 70'000);
  CHECK(plan.next({.at_ms = 10'000, .enough = true}) == Step::answer);
  CHECK(plan.next({.at_ms = 10'001, .enough = true, .woken = true}) == Step::answer);
  CHECK(plan.next({.at_ms = 10'001, .woken = true, .over = true}) == Step::answer);
  CHECK(WaitPlan(10'000, 10'000).next({.at_ms = 10'000}) == Step::answer);
}

TEST_CASE("a payment is enough when it is final or its code can be shown, of the attempt that was asked for") {
  for (const auto state : all_payment_states) {
    INFO(name_of(state));
    const auto stand = stand_of(shown_in(state, 1), {});
    CHECK(stand.is_final == is_final(state));
    CHECK(stand.enough == is_final(state));
    // The end of an attempt is not the end of the next one.
    CHECK_FALSE(stand_of(shown_in(state, 1), {.attempt = 2}).enough);
    CHECK(stand_of(shown_in(state, 1, 2), {.attempt = 2}).enough == is_final(state));
  }
  auto waiting = payment_in(PaymentState::awaiting_payer, 2);
  waiting.code_url = "https://pay.example/1";
  const auto stand = stand_of(show(waiting), {});
  CHECK(stand.enough);
  CHECK_FALSE(stand.is_final);
  CHECK_FALSE(stand_of(show(waiting), {.attempt = 2}).enough);
}

TEST_CASE("with If-None-Match a wait is for another tag, whatever the state") {
  CHECK_FALSE(stand_of(shown_in(PaymentState::succeeded, 4), {.other_than = "\"4\""}).enough);
  CHECK(stand_of(shown_in(PaymentState::succeeded, 4), {.other_than = "\"3\""}).enough);
  CHECK(stand_of(shown_in(PaymentState::processing, 4), {.other_than = "W/\"3\", \"2\""}).enough);
  CHECK_FALSE(stand_of(shown_in(PaymentState::processing, 4), {.other_than = "*"}).enough);
  // A later attempt that is not stored yet has the sequence of the one before, and is another.
  auto pending = shown_in(PaymentState::accepted, 4, 2);
  pending.pending_attempt = 2;
  CHECK(entity_tag(pending) == "\"4-2\"");
  CHECK(stand_of(pending, {.other_than = "\"4\""}).enough);
}

TEST_CASE("a held request never goes back behind what it knows") {
  const Refusal unknown{.code = Errc::not_yet_known};
  CHECK(sequence_of(newer(shown_in(PaymentState::processing, 3), shown_in(PaymentState::succeeded, 4))) == 4);
  CHECK(sequence_of(newer(shown_in(PaymentState::processing, 3), shown_in(PaymentState::accepted, 2))) == 3);
  CHECK(sequence_of(newer(shown_in(PaymentState::accepted, 3, 2), shown_in(PaymentState::declined, 9, 1))) == 3);
  CHECK(sequence_of(newer(shown_in(PaymentState::declined, 9, 1), shown_in(PaymentState::accepted, 3, 2))) == 3);
  CHECK(sequence_of(newer(shown_in(PaymentState::accepted, 0), unknown)) == 0);
  CHECK(sequence_of(newer(unknown, shown_in(PaymentState::accepted, 1))) == 1);
  CHECK(std::get<Refusal>(newer(unknown, Refusal{.code = Errc::not_found})).code == Errc::not_found);
}

TEST_CASE("a later attempt's marker is read back by its merchant only") {
  MerchantId merchant;
  merchant.bytes.fill(7);
  const AttemptMarker marker{3, make_intent_id(1, 2, 3), 9, R"({"a":"x|y"})"};
  const auto text = encode_marker(marker, merchant);
  const auto read = decode_marker(text, merchant);
  REQUIRE(read);
  CHECK(read->attempt == 3);
  CHECK(read->intent_id == marker.intent_id);
  CHECK(read->sequence == 9);
  CHECK(read->json == marker.json);
  CHECK_FALSE(decode_marker(text, MerchantId{}));
  for (const auto& wrong :
       {std::string(), std::string("3|"), std::string("x") + text, text.substr(0, text.find('{'))}) {
    INFO(wrong);
    CHECK_FALSE(decode_marker(wrong, merchant));
  }
}
