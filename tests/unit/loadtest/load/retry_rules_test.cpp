// What the merchant makes of the gateway's answers.
#include "loadtest/load/retry_rules.hpp"

#include <catch2/catch.hpp>

#include "common/codec/api_json.hpp"

using namespace acq;
using namespace acq::load;

namespace {

http::ClientAnswer problem(int status, Errc code) {
  http::ClientAnswer answer;
  answer.status = status;
  codec::Problem said{};
  said.code = code;
  said.request_id = "req_1";
  codec::write_problem(answer.body, said);
  return answer;
}

}  // namespace

TEST_CASE("202, 200 and 201 with a payment are accepted") {
  Payment payment;
  payment.payment_id = make_payment_id(1'700'000'000'000, 7, 9);
  payment.merchant_order_id = "o-1";
  payment.amount = 100;
  payment.currency = *Currency::parse("CNY");
  http::ClientAnswer answer;
  answer.status = GENERATE(200, 201, 202);
  codec::write_payment(answer.body, payment);
  const Judgement judged = judge_create(&answer);
  CHECK(judged.next == Next::accepted);
  REQUIRE(judged.payment_id);
  CHECK(judged.payment_id->text() == payment.payment_id.text());
}

TEST_CASE("no answer may have been accepted and is asked again") {
  const Judgement judged = judge_create(nullptr);
  CHECK(judged.next == Next::again);
  CHECK(judged.may_exist);
  CHECK(judged.code == "no_answer");
}

TEST_CASE("a 2xx that cannot be read is asked again, never dropped") {
  http::ClientAnswer answer;
  answer.status = 202;
  answer.body = "{";
  CHECK(judge_create(&answer).next == Next::again);
  CHECK(judge_create(&answer).may_exist);
}

TEST_CASE("503, 409, 429 and 5xx are asked again; whether a payment may exist depends on the code") {
  struct Case {
    int status;
    Errc code;
    bool may_exist;
  };
  const Case c = GENERATE(values<Case>({{503, Errc::outcome_unknown, true},
                                        {503, Errc::log_unavailable, false},
                                        {503, Errc::overloaded, false},
                                        {503, Errc::draining, false},
                                        {409, Errc::in_progress, true},
                                        {429, Errc::rate_limited, false},
                                        {500, Errc::internal, true}}));
  const http::ClientAnswer answer = problem(c.status, c.code);
  const Judgement judged = judge_create(&answer);
  CAPTURE(c.status, judged.code);
  CHECK(judged.next == Next::again);
  CHECK(judged.may_exist == c.may_exist);
  CHECK(judged.code == name_of(c.code));
}

TEST_CASE("other 4xx are refused by their code") {
  const http::ClientAnswer answer = problem(422, Errc::fields_differ);
  const Judgement judged = judge_create(&answer);
  CHECK(judged.next == Next::refused);
  CHECK(judged.code == "fields_differ");
  CHECK_FALSE(judged.may_exist);
}

TEST_CASE("Retry-After is taken up to a minute; without it the wait doubles up to two seconds") {
  http::ClientAnswer answer = problem(503, Errc::log_unavailable);
  answer.headers.emplace_back("Retry-After", "2");
  CHECK(judge_create(&answer).retry_after_ms == 2'000);
  answer.headers.front().second = "86400";
  CHECK(judge_create(&answer).retry_after_ms == 60'000);
  answer.headers.front().second = "soon";
  CHECK(judge_create(&answer).retry_after_ms == 0);

  CHECK(retry_delay_ms(2'000, 1, 0.0) == 2'000);
  CHECK(retry_delay_ms(0, 1, 0.0) == 100);
  CHECK(retry_delay_ms(0, 2, 0.0) == 200);
  CHECK(retry_delay_ms(0, 50, 0.0) == 2'000);
  CHECK(retry_delay_ms(0, 1, 0.99) <= 150);
}
