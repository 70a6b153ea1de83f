// A flash sale with the channel down for a minute, mended with the operator's commands alone: `acq stuck` shows what
// waits, `acq replay --stuck` asks about it at once, and nothing is charged twice (P18, P21).
#include <cstdio>

#include "tests/chaos/checker.hpp"
#include "tests/support/await.hpp"

using namespace acq::test;

TEST_CASE("The channel is down for a minute of a flash sale, and two commands mend it", "[outage]") {
  System system;
  Shop shop(system);
  system.channel_faults(R"({"down":true})");
  const auto back_ms = acq::runtime::steady_ms() + 60'000;
  const auto began_ms = acq::runtime::steady_ms();
  constexpr std::int64_t pair_every_ms = 200;
  for (std::int64_t pairs = 0; acq::runtime::steady_ms() < back_ms; ++pairs) {
    shop.send(1'000, false);
    shop.send(1'100, true);
    const auto next_ms = began_ms + (pairs + 1) * pair_every_ms;
    comes_true(2 * pair_every_ms, [&] { return acq::runtime::steady_ms() >= next_ms; });
  }
  const auto stuck = system.acq({"stuck", "--older-than", "5s", "--limit", "5"});
  INFO(stuck.output << stuck.errors);
  CHECK(stuck.code == 1);
  CHECK(stuck.output.find("unknown since") != std::string::npos);
  CHECK(system.charges_in_all() == 0);

  system.channel_faults(R"({"down":false})");
  const auto replayed =
      system.acq({"replay", "--stuck", "--older-than", "0s", "--apply", "--reason", "channel is back"});
  INFO(replayed.errors);
  CHECK(replayed.code == 0);
  const auto violations = check(system, shop, 180'000);
  INFO(words_of(violations));
  CHECK(violations.empty());
  CHECK(system.acq({"stuck", "--older-than", "0s"}).code == 0);
  std::printf("channel down for 60 s: %zu payments promised meanwhile, all final\n", shop.promises().size());
}
