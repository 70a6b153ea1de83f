// What operators type and read: reasons, times, places of dead letters, masked bytes, why something is stuck.
#include <catch2/catch.hpp>

#include "common/codec/intent_json.hpp"
#include "common/domain/schedule.hpp"
#include "settlement/operations/act.hpp"
#include "settlement/operations/dead_letters.hpp"
#include "settlement/operations/intent_names.hpp"
#include "settlement/operations/stuck.hpp"
#include "settlement/operations/times.hpp"

using namespace acq;
using namespace acq::settlement::operations;

TEST_CASE("A reason is 1 to 512 characters of text") {
  CHECK(is_reason("broker was restored"));
  CHECK(is_reason("客户来电"));
  std::string longest;
  for (std::size_t i = 0; i < reason_chars_max; ++i) longest += "é";
  CHECK(is_reason(longest));
  CHECK_FALSE(is_reason(longest + "é"));
  CHECK_FALSE(is_reason(""));
  CHECK_FALSE(is_reason("two\nlines"));
  CHECK_FALSE(is_reason(std::string_view("nul\0", 4)));
  CHECK_FALSE(is_reason("\xff\xfe"));
  CHECK_FALSE(is_reason("cut \xe5\xae"));
}

TEST_CASE("Text is cut between characters") {
  CHECK(cut_to("abcdef", 3) == "abc");
  CHECK(cut_to("aé客x", 3) == "aé客");
  CHECK(cut_to("ab", 5) == "ab");
}

TEST_CASE("Durations and times are read as operators type them") {
  CHECK(parse_duration_ms("90s") == 90'000);
  CHECK(parse_duration_ms("15m") == 900'000);
  CHECK(parse_duration_ms("2h") == 7'200'000);
  CHECK(parse_duration_ms("3d") == 259'200'000);
  CHECK(parse_duration_ms("250ms") == 250);
  CHECK(parse_duration_ms("60") == 60'000);
  CHECK(parse_duration_ms("0s") == 0);
  for (const auto* bad : {"", "s", "-5s", "5 s", "5w", "1.5h", "99999999999d", "99999999999999999999s"}) {
    INFO(bad);
    CHECK_FALSE(parse_duration_ms(bad).has_value());
  }
  constexpr std::int64_t now = 1'795'508'130'000;
  CHECK(parse_time_ms("now", now) == now);
  CHECK(parse_time_ms("-15m", now) == now - 900'000);
  CHECK(parse_time_ms("2026-11-24T08:15:30Z", now) == 1'795'508'130'000);
  for (const auto* bad : {"", "yesterday", "2026-11-24", "--5m", "15m"}) {
    INFO(bad);
    CHECK_FALSE(parse_time_ms(bad, now).has_value());
  }
  CHECK(age_text(0) == "0s");
  CHECK(age_text(59'999) == "59s");
  CHECK(age_text(725'000) == "12m 5s");
  CHECK(age_text(7'200'000) == "2h");
  CHECK(age_text(3 * 86'400'000LL + 4 * 3'600'000LL + 5) == "3d 4h");
  CHECK(age_text(-5) == "0s");
}

TEST_CASE("A dead letter's place survives its text, and nothing else is one") {
  LetterPlace place{{}, 1, 4'711};
  place.topic_id[0] = 0xAB;
  const auto back = LetterPlace::parse(place.text());
  REQUIRE(back.has_value());
  CHECK(back->topic_id == place.topic_id);
  CHECK(back->partition == 1);
  CHECK(back->log_offset == 4'711);
  for (const auto* bad : {"", "1:2", "zz:1:2", "ab:1:2", "::", "00000000000000000000000000000000:1:",
                          "00000000000000000000000000000000:-1:5", "00000000000000000000000000000000:1:5x"}) {
    INFO(bad);
    CHECK_FALSE(LetterPlace::parse(bad).has_value());
  }
}

TEST_CASE("Original bytes are shown escaped, bounded, and with the code's ciphertext masked (P24)") {
  CHECK(shown_bytes(std::string_view("a\x00\xff\\b", 5), 100) == "a\\x00\\xff\\x5cb");
  CHECK(shown_bytes("abcdef", 3) == "abc…");
  CHECK(shown_bytes(R"({"sealed_code":"c2VjcmV0","amount":5})", 100) == R"({"sealed_code":***,"amount":5})");
  CHECK(shown_bytes(R"({"sealed_code" : "c2VjcmV0"})", 100) == R"({"sealed_code" : ***})");
  // Cut off in the middle of it, or written twice: never a byte of it.
  CHECK(shown_bytes(R"({"sealed_code":"c2Vjc)", 100) == R"({"sealed_code":***)");
  CHECK(shown_bytes(R"({"sealed_code":"c2Vj","sealed_code":"cmV0"})", 100) ==
        R"({"sealed_code":***,"sealed_code":***})");
  CHECK(shown_bytes(R"({"sealed_code":c2Vj,"a":1})", 100) == R"({"sealed_code":***,"a":1})");
}

TEST_CASE("An intent's own bytes say under which key and where it is offered again") {
  PaymentRequested intent;
  intent.merchant_id = make_merchant_id(1'800'000'000'000, 1, 2);
  intent.merchant_order_id = "order-1";
  const auto route = route_hash(intent.merchant_id, intent.merchant_order_id);
  intent.payment_id = make_payment_id(1'800'000'000'000, route, 7);
  intent.intent_id.bytes = intent.payment_id.bytes;
  intent.amount = 100;
  intent.currency = Currency::parse("CNY").value();
  intent.accepted_at_ms = 1'800'000'000'000;
  intent.expires_at_ms = 1'800'000'900'000;
  const auto names = names_of(codec::encode_intent(intent));
  REQUIRE(names.has_value());
  CHECK(names->intent_id == intent.intent_id);
  CHECK(names->key == intent.payment_id.text());
  CHECK(names->merchant_order_id == "order-1");
  CHECK(names->kind == "payment_requested");
  CHECK(home_of(names->intent_id, 12) == partition_of(route, 12));
  CHECK_FALSE(names_of("no JSON").has_value());
}

TEST_CASE("Why a payment is stuck is said in words") {
  StuckPayment p;
  p.state = "accepted";
  p.created_at_ms = 1'795'508'130'000;
  p.updated_at_ms = 1'795'508'131'000;
  p.told = true;
  CHECK(reason_of(p) == "not sent to the channel yet");
  CHECK(stuck_since_ms(p) == p.created_at_ms);
  p.state = "processing";
  p.sent_at_ms = 1'795'508'130'500;
  p.next_query_at_ms = 1'795'508'145'000;
  CHECK(reason_of(p) ==
        "waiting for the channel since 2026-11-24T08:15:30.500Z, next query at 2026-11-24T08:15:45.000Z");
  p.close_state = "asked";
  CHECK(reason_of(p).ends_with(", its close is asked for"));
  p.close_state = "none";
  p.state = "unknown";
  p.unknown_since_ms = 1'795'508'132'000;
  p.queries = 3;
  CHECK(reason_of(p).starts_with("unknown since 2026-11-24T08:15:32.000Z, asked 3 times, next query at "));
  CHECK(stuck_since_ms(p) == p.unknown_since_ms);
  p.state = "awaiting_payer";
  CHECK(reason_of(p).starts_with("waiting for the payer, next query at "));

  p.state = "succeeded";
  p.final = true;
  p.told = false;
  CHECK(reason_of(p) == "callback owed since 2026-11-24T08:15:31.000Z");
  CHECK(stuck_since_ms(p) == p.updated_at_ms);
  p.tell_attempts = 4;
  p.next_tell_at_ms = 1'795'508'190'000;
  CHECK(reason_of(p) == "callback failing, 4 tries, next at 2026-11-24T08:16:30.000Z");
  p.next_tell_at_ms = parked_until_ms;
  CHECK(reason_of(p) == "parked: the merchant acknowledged none of 4 callbacks");
}
