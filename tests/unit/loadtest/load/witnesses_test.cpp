// The operator's look-up answer as the audit reads it, and the text forms of reports.
#include "loadtest/load/witnesses.hpp"

#include <catch2/catch.hpp>

#include "loadtest/load/terminal.hpp"

using namespace acq;
using namespace acq::load;

TEST_CASE("a look-up answer is read by the id that was asked") {
  const PaymentId a = make_payment_id(1'700'000'000'000, 1, 1);
  const PaymentId b = make_payment_id(1'700'000'000'000, 2, 2);
  const PaymentId c = make_payment_id(1'700'000'000'000, 3, 3);
  const std::string stored =
      R"("merchant_order_id":"o-1","amount":100,"currency":"CNY","state":"succeeded","sequence":3,)"
      R"("told_sequence":3,"partition":1,"offset":42,"callback_url":"",)"
      R"("created_at":"2026-11-24T08:15:30.123Z","updated_at":"2026-11-24T08:15:31.123Z"})";
  const std::string body = R"({"payments":[{"asked":")" + a.text() + R"(","verdict":"applied","payment_id":")" +
                           a.text() + "\"," + stored + R"(,{"asked":")" + b.text() +
                           R"(","verdict":"alias","payment_id":")" + a.text() + "\"," + stored + R"(,{"asked":")" +
                           c.text() + R"(","verdict":"absent"}]})";
  const auto rows = read_lookups(body);
  REQUIRE(rows.has_value());
  REQUIRE(rows->size() == 3);
  CHECK(rows->at(a).verdict == Verdict::applied);
  CHECK(rows->at(a).offset == 42);
  CHECK(rows->at(a).updated_at_ms - rows->at(a).created_at_ms == 1'000);
  CHECK(rows->at(b).verdict == Verdict::alias);
  CHECK(rows->at(b).payment_id == a);
  CHECK(rows->at(c).verdict == Verdict::absent);
}

TEST_CASE("a look-up answer without what it promises is no answer") {
  const std::string body =
      GENERATE(R"({})", R"({"payments":[{"asked":"x","verdict":"applied"}]})", R"([])", R"({"payments":)");
  CHECK_FALSE(read_lookups(body).has_value());
}

TEST_CASE("numbers, money and latencies read as people write them") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1'000) == "1,000");
  CHECK(grouped(-1'234'567) == "-1,234,567");
  CHECK(money_text(123'456, *Currency::parse("CNY")) == "1,234.56 CNY");
  CHECK(money_text(5, *Currency::parse("CNY")) == "0.05 CNY");
  CHECK(money_text(1'500, *Currency::parse("JPY")) == "1,500 JPY");
  CHECK(latency_text(999) == "999 us");
  CHECK(latency_text(1'230) == "1.23 ms");
  CHECK(latency_text(2'500'000) == "2.50 s");
}
