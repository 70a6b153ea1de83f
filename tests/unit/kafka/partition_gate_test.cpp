// What goes to librdkafka at once, what waits for reports, and that nothing waits for ever.
#include "common/kafka/partition_gate.hpp"

#include <catch2/catch.hpp>
#include <string>

using Gate = acq::kafka::PartitionGate<std::string>;
using Entry = Gate::Entry;

namespace {

constexpr std::size_t held_max = 3;
constexpr std::int64_t hold_ms = 1'000;

/// A gate with as many in flight as librdkafka sends beside.
Gate busy() {
  Gate gate;
  for (std::size_t i = 0; i < Gate::window; ++i) {
    std::string message = "first";
    REQUIRE(gate.enter(message, 0, held_max) == Entry::pass);
  }
  return gate;
}

Entry enter(Gate& gate, std::string message, std::int64_t now_ms = 0) {
  return gate.enter(message, now_ms, held_max);
}

}  // namespace

TEST_CASE("A partition's messages pass until a window of them is in flight, and are held then, in their order") {
  auto gate = busy();
  CHECK(enter(gate, "a") == Entry::held);
  CHECK(enter(gate, "b") == Entry::held);
  CHECK_FALSE(gate.may_release(0, hold_ms));
  gate.leave(1);
  CHECK(gate.may_release(0, hold_ms));
  CHECK(enter(gate, "c") == Entry::held);  // there is room, but it may not overtake
  CHECK(gate.release() == std::vector<std::string>{"a", "b", "c"});
  CHECK_FALSE(gate.may_release(hold_ms, hold_ms));
}

TEST_CASE("What was released counts as in flight") {
  auto gate = busy();
  enter(gate, "a");
  gate.leave(Gate::window);
  gate.release();
  for (std::size_t i = 1; i < Gate::window; ++i) CHECK(enter(gate, "next") == Entry::pass);
  CHECK(enter(gate, "one too many") == Entry::held);
}

TEST_CASE("Held messages go on after their time without any report, and more than the bound are not taken") {
  auto gate = busy();
  CHECK(enter(gate, "a", 100) == Entry::held);
  CHECK(enter(gate, "b", 900) == Entry::held);
  CHECK(enter(gate, "c", 900) == Entry::held);
  std::string refused = "d";
  CHECK(gate.enter(refused, 900, held_max) == Entry::full);
  CHECK(refused == "d");
  CHECK_FALSE(gate.may_release(100 + hold_ms - 1, hold_ms));
  CHECK(gate.may_release(100 + hold_ms, hold_ms));
  CHECK(gate.release().size() == 3);
}

TEST_CASE("Reports that were forgotten may still come, and count for nothing") {
  auto gate = busy();
  enter(gate, "a");
  gate.forget();
  CHECK(gate.may_release(0, hold_ms));
  CHECK(gate.release().size() == 1);
  gate.leave(100);
  for (std::size_t i = 0; i < Gate::window; ++i) CHECK(enter(gate, "next") == Entry::pass);
  CHECK(enter(gate, "one too many") == Entry::held);
}
