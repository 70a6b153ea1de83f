// What proves that an intent is lost, and what does not yet (P5, P7).
#include <catch2/catch.hpp>

#include "common/journal/balance.hpp"
#include "common/limits.hpp"

namespace {
using namespace acq;
using namespace acq::journal;

constexpr std::int64_t offered_ms = 1'000'000;
constexpr std::int64_t over_ms = offered_ms + limits::offer_window_ms + 1;

Offer offer(std::uint16_t refusals = 0) {
  return {.first_offered_ms = offered_ms, .last_offered_ms = offered_ms, .offers = 1, .refusals = refusals};
}
}  // namespace

TEST_CASE("balance: a row settles it at any time") {
  CHECK(standing_of(offer(), {.stored = true}, offered_ms) == Standing::stored);
  CHECK(standing_of(offer(1), {.stored = true}, over_ms) == Standing::stored);
}

TEST_CASE("balance: within the offer's window nothing is refused or missing") {
  const std::int64_t within_ms = over_ms - 1;
  CHECK(standing_of(offer(1), {}, within_ms) == Standing::waiting);
  CHECK(standing_of(offer(), {.on_log = false}, within_ms) == Standing::waiting);
  CHECK(standing_of(offer(1), {}, over_ms) == Standing::refused);
}

TEST_CASE("balance: an absent intent is missing once everything that its window let onto the log is applied") {
  CHECK(standing_of(offer(), {}, over_ms) == Standing::waiting);
  CHECK(standing_of(offer(), {.applied_ms = over_ms - 1}, over_ms) == Standing::waiting);
  CHECK(standing_of(offer(), {.applied_ms = over_ms}, over_ms) == Standing::missing);
}

TEST_CASE("balance: where the log has a hole, reading it decides") {
  CHECK(standing_of(offer(), {.on_log = true}, over_ms) == Standing::waiting);
  CHECK(standing_of(offer(), {.on_log = false}, over_ms) == Standing::missing);
}

TEST_CASE("balance: a cursor proves as much as the newest end that it has reached") {
  LogProgress progress;
  CHECK(progress.applied_ms() == 0);
  progress.note_end(100, 10);
  progress.note_end(200, 20);
  progress.note_cursor(9);
  CHECK(progress.applied_ms() == 0);
  progress.note_cursor(10);
  CHECK(progress.applied_ms() == 100);
  progress.note_end(300, 20);
  progress.note_cursor(25);
  CHECK(progress.applied_ms() == 300);
  progress.forget();
  CHECK(progress.applied_ms() == 0);
}

TEST_CASE("balance: a writer that stands still for a day is still believed when it goes on") {
  LogProgress progress;
  for (std::int64_t minute = 1; minute <= 1'440; ++minute) progress.note_end(minute, minute * 10);
  progress.note_cursor(10);
  CHECK(progress.applied_ms() == 1);
  progress.note_cursor(14'400);
  progress.note_end(1'441, 14'400);
  progress.note_cursor(14'400);
  CHECK(progress.applied_ms() == 1'441);
}
