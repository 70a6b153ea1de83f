// What may be refunded of a stored payment (P8), and how a repeated refund is answered (P2).
#include "gateway/refund_standing.hpp"

#include <catch2/catch.hpp>

#include "common/limits.hpp"
#include "gateway/refund_intake.hpp"

namespace {
using namespace acq;
using namespace acq::gateway;

constexpr std::int64_t created_ms = 1'795'508'130'000;
constexpr crypto::SipKey key{1, 2};

Payment payment_in(PaymentState state) {
  Payment payment;
  payment.payment_id = make_payment_id(created_ms, 7, 42);
  payment.amount = 1'000;
  payment.currency = *Currency::parse("CNY");
  payment.state = state;
  payment.created_at_ms = created_ms;
  return payment;
}

RefundJudgement judged_in(PaymentState state, std::int64_t taken, std::int32_t refunds, std::int64_t amount,
                          std::int64_t age_ms) {
  const auto payment = payment_in(state);
  const RefundGate gate{payment.payment_id, 1, payment.amount, taken / 2, taken - taken / 2, refunds};
  RefundRequested intent;
  intent.amount = amount;
  intent.currency = payment.currency;
  intent.accepted_at_ms = created_ms + age_ms;
  return judge_refund(payment, gate, intent);
}

RefundJudgement judged(std::int64_t taken, std::int32_t refunds, std::int64_t amount, std::int64_t age_ms = 1) {
  return judged_in(PaymentState::succeeded, taken, refunds, amount, age_ms);
}

RefundFingerprint fingerprint(std::int64_t amount, std::string reason = {}, std::uint64_t payment = 42) {
  return fingerprint_of(make_payment_id(created_ms, 7, payment), {"r-1", amount, std::move(reason)}, key);
}

std::string text_of(const std::vector<FieldFault>& faults) {
  std::string all;
  for (const auto& fault : faults) all += fault.pointer + "=" + fault.code + " ";
  return all;
}
}  // namespace

TEST_CASE("refunds: only of a payment that has succeeded") {
  for (const auto state : all_payment_states) {
    INFO(name_of(state));
    const auto verdict = judged_in(state, 0, 0, 1, 0);
    const bool succeeded = state == PaymentState::succeeded;
    CHECK(verdict.standing == (succeeded ? RefundStanding::open : RefundStanding::not_refundable));
  }
}

TEST_CASE("refunds: as much as the gate has not let pass") {
  CHECK(judged(0, 0, 1'000).standing == RefundStanding::open);
  CHECK(judged(0, 0, 1'001).standing == RefundStanding::exceeds);
  CHECK(judged(0, 0, 1'001).remaining == 1'000);
  CHECK(judged(600, 1, 400).standing == RefundStanding::open);
  CHECK(judged(600, 1, 401).standing == RefundStanding::exceeds);
  CHECK(judged(600, 1, 401).remaining == 400);
  CHECK(judged(1'000, 2, 1).standing == RefundStanding::exceeds);
  CHECK(judged(1'000, 2, 1).remaining == 0);
  CHECK(judged(0, 0, limits::amount_minor_max).standing == RefundStanding::exceeds);
}

TEST_CASE("refunds: at most so many of a payment, and not for ever") {
  CHECK(judged(0, limits::refunds_per_payment_max - 1, 1).standing == RefundStanding::open);
  CHECK(judged(0, limits::refunds_per_payment_max, 1).standing == RefundStanding::not_refundable);
  CHECK(judged(0, 0, 1, limits::refund_age_ms_max).standing == RefundStanding::open);
  CHECK(judged(0, 0, 1, limits::refund_age_ms_max + 1).standing == RefundStanding::not_refundable);
}

TEST_CASE("refunds: the fields that differ are named, never their values") {
  const auto ours = fingerprint(600, "broken");
  CHECK(differing_refund_fields(ours, fingerprint(600, "broken")).empty());
  CHECK(text_of(differing_refund_fields(ours, fingerprint(601, "broken"))) == "/amount=differs ");
  CHECK(text_of(differing_refund_fields(ours, fingerprint(600))) == "/reason=differs ");
  CHECK(text_of(differing_refund_fields(ours, fingerprint(600, "broken", 43))) == "/payment_id=differs ");
  CHECK(text_of(differing_refund_fields(ours, fingerprint(1, "late", 43))) ==
        "/payment_id=differs /amount=differs /reason=differs ");
}

TEST_CASE("refunds: a reservation holds the fingerprint as it was, and Redis's text brings it back") {
  Reservation reservation;
  reservation.fingerprint = reserved_form(fingerprint(600, "broken"));
  const auto back = decode_reservation(encode_reservation(reservation));
  REQUIRE(back.has_value());
  CHECK(refund_fingerprint_of(*back) == fingerprint(600, "broken"));
  CHECK(reserved_form(fingerprint(600)) != reserved_form(fingerprint(601)));
}

TEST_CASE("refunds: what is reserved under the number comes before what is left") {
  constexpr std::int64_t deadline = 10'000;
  const auto ours = fingerprint(600);
  const auto earlier = [&](bool persisted, const RefundFingerprint& of, std::int64_t now_ms) {
    Reservation reservation;
    reservation.fingerprint = reserved_form(of);
    reservation.persisted = persisted;
    reservation.deadline_ms = deadline;
    return is_earlier_refund(reservation, ours, now_ms);
  };
  CHECK_FALSE(is_earlier_refund({}, ours, 0));
  CHECK(earlier(true, ours, deadline + 1));
  CHECK(earlier(true, fingerprint(1), deadline + 1));  // fields_differ says more than what is left
  CHECK(earlier(false, ours, deadline - 1));
  CHECK(earlier(false, ours, deadline + 1));  // it may be on the log: sent again under its id
  CHECK(earlier(false, fingerprint(1), deadline - 1));
  CHECK_FALSE(earlier(false, fingerprint(1), deadline + 1));
}

TEST_CASE("refunds: a number that MariaDB knows is answered by its refund, or by what differs") {
  NumberedRefund known{same_bytes<RefundId>(make_payment_id(created_ms, 7, 43)), fingerprint(600), {}};
  const auto unseen = answer_known(known, fingerprint(600));
  REQUIRE(std::holds_alternative<Refusal>(unseen));
  CHECK(std::get<Refusal>(unseen).code == Errc::not_yet_known);
  CHECK(std::get<Refusal>(unseen).refund_id == known.refund_id);
  known.stored = StoredRefund{};
  known.stored->refund.state = RefundState::failed;
  const auto again = answer_known(known, fingerprint(600));
  REQUIRE(std::holds_alternative<Refunding>(again));
  CHECK(std::get<Refunding>(again).replayed);
  CHECK(std::get<Refunding>(again).refund.refund.state == RefundState::failed);
  const auto differs = answer_known(known, fingerprint(601));
  REQUIRE(std::holds_alternative<Refusal>(differs));
  CHECK(std::get<Refusal>(differs).code == Errc::fields_differ);
  CHECK(text_of(std::get<Refusal>(differs).faults) == "/amount=differs ");
}

TEST_CASE("refunds: a refusal says what is left, or shows the payment") {
  const auto payment = payment_in(PaymentState::succeeded);
  const auto exceeds = problem_response(refund_refusal({RefundStanding::exceeds, 400}, payment), "r");
  CHECK(exceeds.status == 422);
  CHECK(exceeds.body.find(R"("code":"refund_exceeds")") != std::string::npos);
  CHECK(exceeds.body.find(R"("remaining":400)") != std::string::npos);
  CHECK(exceeds.body.find("payment_id") == std::string::npos);
  const auto not_open = problem_response(refund_refusal({}, payment), "r");
  CHECK(not_open.status == 409);
  CHECK(not_open.body.find(R"("code":"not_refundable")") != std::string::npos);
  CHECK(not_open.body.find(R"("payment":{"payment_id":")" + payment.payment_id.text()) != std::string::npos);
}

TEST_CASE("refunds: MariaDB's fingerprint is read as it was written") {
  const auto read = refund_fingerprint_from(std::string("\x01\x00\x00\x00\x00\x02\x00\x00\xff\xff\xff\xff", 12));
  REQUIRE(read.has_value());
  CHECK(*read == RefundFingerprint{1, 512, 0xffffffff});
  CHECK_FALSE(refund_fingerprint_from(std::string(28, '\0')).has_value());
  CHECK_FALSE(refund_fingerprint_from("").has_value());
}
