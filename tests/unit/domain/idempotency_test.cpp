// P2's decision table, and a reservation's text.
#include "common/domain/idempotency.hpp"

#include <catch2/catch.hpp>

using namespace acq;

namespace {

constexpr std::int64_t deadline = 10'000;
constexpr Fingerprint ours{1, 2, 3, 4, 5, 6, 7};
constexpr Fingerprint theirs{1, 2, 3, 4, 5, 6, 8};

Reservation reservation(bool persisted) {
  Reservation made;
  made.payment_id = make_payment_id(1'700'000'000'000, 0x1234, 99);
  made.fingerprint = ours;
  made.deadline_ms = deadline;
  made.persisted = persisted;
  made.accepted_at_ms = 1'700'000'000'000;
  made.expires_at_ms = 1'700'000'900'000;
  return made;
}

struct Case {
  bool persisted;
  bool same;
  std::int64_t now_ms;
  Decision expected;
};

}  // namespace

TEST_CASE("a number that nobody has is fresh") {
  CHECK(decide(std::nullopt, ours, 1, 0) == Decision::fresh);
}

TEST_CASE("a known number is decided by persistence, fields and deadline") {
  const auto given = GENERATE(
      Case{true, true, deadline - 1, Decision::replay}, Case{true, true, deadline + 1, Decision::replay},
      Case{true, false, deadline - 1, Decision::fields_differ},
      Case{true, false, deadline + 1, Decision::fields_differ}, Case{false, true, deadline - 1, Decision::in_progress},
      Case{false, false, deadline - 1, Decision::in_progress}, Case{false, true, deadline, Decision::resend},
      Case{false, false, deadline, Decision::replace});
  CHECK(decide(reservation(given.persisted), given.same ? ours : theirs, 1, given.now_ms) == given.expected);
}

TEST_CASE("another attempt than the reserved one is the database's to decide") {
  const bool persisted = GENERATE(true, false);
  CHECK(decide(reservation(persisted), ours, 2, 0) == Decision::attempt_ahead);
  CHECK(decide(reservation(persisted), theirs, 2, deadline + 1) == Decision::attempt_ahead);
  auto second = reservation(persisted);
  second.attempt = 2;
  CHECK(decide(second, ours, 1, 0) == Decision::attempt_ahead);
}

TEST_CASE("differing fields are named in order") {
  CHECK(differing_fields(ours, ours).empty());
  CHECK(differing_fields(ours, theirs) == std::vector{Field::metadata});
  Fingerprint all;
  all.fill(99);
  CHECK(differing_fields(ours, all).size() == field_count);
  CHECK(differing_fields({9, 2, 3, 4, 9, 6, 7}, ours) == std::vector{Field::amount, Field::callback_url});
}

TEST_CASE("a reservation comes back from its text") {
  auto given = reservation(GENERATE(true, false));
  given.attempt = 20;
  given.fingerprint = {0, 0xffffffff, 0x0000abcd, 1, 2, 3, 4};
  const auto back = decode_reservation(encode_reservation(given));
  REQUIRE(back);
  CHECK(back->payment_id == given.payment_id);
  CHECK(back->attempt == given.attempt);
  CHECK(back->fingerprint == given.fingerprint);
  CHECK(back->deadline_ms == given.deadline_ms);
  CHECK(back->persisted == given.persisted);
  CHECK(back->accepted_at_ms == given.accepted_at_ms);
  CHECK(back->expires_at_ms == given.expires_at_ms);
}

TEST_CASE("bytes that are not ours are no reservation") {
  const auto whole = encode_reservation(reservation(true));
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK_FALSE(decode_reservation(whole.substr(0, length)));
  CHECK_FALSE(decode_reservation(whole + "0"));
  CHECK_FALSE(decode_reservation("r2" + whole.substr(2)));
  auto broken = whole;
  broken.back() = 'g';
  CHECK_FALSE(decode_reservation(broken));
}
